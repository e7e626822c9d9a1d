// The list of warnings held as it is while someone's hand is on it.
// Not here: the order itself (warnings.ts), when it is held (panels/Warnings.svelte).
// Invariant: a held list keeps every place it has, with the latest each warning says; what is new is counted, never slipped in.
import type { Listed, Sections } from './warnings';

export interface Held { sections: Sections; news: number }

/** The sections in the order of `shown`, with the values of `fresh`; a warning that has closed stays as it was last seen. */
export function held(shown: Sections, fresh: Sections): Held {
  const now = new Map<number, Listed>();
  for (const item of all(fresh)) {
    // One that has just gone under a group keeps its own place until the hand is gone.
    for (const warning of item.members) now.set(warning.id, { warning, members: [] });
    now.set(item.warning.id, item);
  }
  const latest = (item: Listed): Listed => now.get(item.warning.id) ?? item;
  const seen = new Set(all(shown).map((item) => item.warning.id));
  return {
    sections: { waiting: shown.waiting.map(latest), acknowledged: shown.acknowledged.map(latest), aside: shown.aside.map(latest) },
    news: all(fresh).filter((item) => !seen.has(item.warning.id)).length,
  };
}

export function all({ waiting, acknowledged, aside }: Sections): Listed[] {
  return [...waiting, ...acknowledged, ...aside];
}
