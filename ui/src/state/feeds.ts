// Feeds by department, the silent ones first, then the doubted.
// Not here: when a feed counts as silent or doubted (the engine).
// Invariant: every datastream is in exactly one department's list.
import type { Bilingual, FeedHealth } from '../api/types';
import type { Picture } from './picture';
import { markOf, type Mark } from './sensors';
import type { Site } from './site';

export interface Feed { id: string; name: Bilingual; health: FeedHealth; mark: Mark | null; at: string | null }
export interface DepartmentFeeds { department: string; feeds: Feed[]; silent: number; doubted: number; waiting: number; speaking: number }

const URGENCY: Readonly<Record<FeedHealth, number>> = { silent: 0, waiting: 2, speaking: 3 };
const urgency = (feed: Feed): number => (feed.mark === 'doubted' ? 1 : URGENCY[feed.health]);

export function feeds(site: Site, picture: Picture): DepartmentFeeds[] {
  const by = new Map<string, DepartmentFeeds>();
  for (const stream of picture.datastreams.items) {
    const of = site.datastreams.get(stream.id);
    const department = of?.department ?? '';
    const list = by.get(department) ?? { department, feeds: [], silent: 0, doubted: 0, waiting: 0, speaking: 0 };
    by.set(department, list);
    list[stream.health] += 1;
    const mark = markOf(stream);
    if (mark === 'doubted') list.doubted += 1;
    list.feeds.push({
      id: stream.id, name: of?.name ?? { 'zh-CN': stream.id, en: stream.id }, health: stream.health, mark, at: stream.result_time,
    });
  }
  for (const list of by.values()) list.feeds.sort((a, b) => urgency(a) - urgency(b) || a.id.localeCompare(b.id));
  return [...by.values()].sort((a, b) => b.silent + b.doubted - a.silent - a.doubted);
}
