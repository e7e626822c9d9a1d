// Requests to the API: one function a question.
// Not here: the event stream (stream/), what an answer means (state/).
// Invariant: a refused request throws a Refused with the server's own words; nothing is retried silently.
import type { DatastreamOfSite, HistoryJson, HumanRequest, MapJson, ProblemJson, SiteJson, WarningAnswerJson, ZonesJson } from './types';

/** A request the server did not carry out. */
export class Refused extends Error {
  constructor(readonly status: number, readonly problem: Partial<ProblemJson>) {
    super(problem.detail ?? problem.title ?? String(status));
  }
}

/** Why a request failed, in words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const answer = await fetch(path, init);
  if (!answer.ok) throw new Refused(answer.status, await problemOf(answer));
  return (await answer.json()) as T;
}

async function problemOf(answer: Response): Promise<Partial<ProblemJson>> {
  try {
    return (await answer.json()) as ProblemJson;
  } catch {
    return { title: answer.statusText, status: answer.status };
  }
}

function tell<T>(path: string, body: unknown): Promise<T> {
  return ask<T>(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

export const site = (): Promise<SiteJson> => ask('/v1/site');
export const map = (): Promise<MapJson> => ask('/v1/map');
export const zones = (): Promise<ZonesJson> => ask('/v1/zones');
export const datastreams = (): Promise<DatastreamOfSite[]> => ask('/v1/datastreams');

/** Points of a series between two instants, both in ms since 1970. */
export function history(series: string, from: number, to: number): Promise<HistoryJson> {
  const query = new URLSearchParams({
    series, from: new Date(from).toISOString(), to: new Date(to).toISOString(), limit: '2000',
  });
  return ask(`/v1/history?${query}`);
}

const warningPath = (id: number): string => `/v1/warnings/${encodeURIComponent(id)}`;

export const acknowledge = (id: number): Promise<WarningAnswerJson> => tell(`${warningPath(id)}/acknowledge`, {});
export const unshelve = (id: number): Promise<WarningAnswerJson> => tell(`${warningPath(id)}/unshelve`, {});
export const shelve = (id: number, why: string, until: string): Promise<WarningAnswerJson> =>
  tell(`${warningPath(id)}/shelve`, { why, until });
export const serve = (id: number, service: 'in' | 'out', why: string): Promise<WarningAnswerJson> =>
  tell(`${warningPath(id)}/service`, { service, why });
/** What a person on the spot says of a place. */
export const say = (what: HumanRequest): Promise<unknown> => tell('/v1/human-observations', what);
export const setClock = (change: { speed?: number; paused?: boolean }): Promise<unknown> => tell('/v1/clock', change);
