// Feeds by department, the silent ones first.
// Not here: when a feed counts as silent (the engine).
// Invariant: every datastream is in exactly one department's list.
import type { Bilingual, FeedHealth } from '../api/types';
import type { Picture } from './picture';
import type { Site } from './site';

export interface Feed { id: string; name: Bilingual; health: FeedHealth; at: string | null }
export interface DepartmentFeeds { department: string; feeds: Feed[]; silent: number; waiting: number; speaking: number }

const URGENCY: Readonly<Record<FeedHealth, number>> = { silent: 0, waiting: 1, speaking: 2 };

export function feeds(site: Site, picture: Picture): DepartmentFeeds[] {
  const by = new Map<string, DepartmentFeeds>();
  for (const stream of picture.datastreams.items) {
    const of = site.datastreams.get(stream.id);
    const department = of?.department ?? '';
    const list = by.get(department) ?? { department, feeds: [], silent: 0, waiting: 0, speaking: 0 };
    by.set(department, list);
    list[stream.health] += 1;
    list.feeds.push({
      id: stream.id, name: of?.name ?? { 'zh-CN': stream.id, en: stream.id }, health: stream.health, at: stream.result_time,
    });
  }
  for (const list of by.values()) list.feeds.sort((a, b) => URGENCY[a.health] - URGENCY[b.health] || a.id.localeCompare(b.id));
  return [...by.values()].sort((a, b) => Number(b.silent > 0) - Number(a.silent > 0));
}
