// The language of the page, and numbers, times and ages as that language writes them.
// Not here: the words themselves (en.ts, zh.ts).
// Invariant: every text of the page goes through here, and the document's `lang` says which language it is.
import type { Bilingual } from '../api/types';
import { en, type Words } from './en';
import { zh } from './zh';

export type Language = 'zh-CN' | 'en';
export const LANGUAGES: readonly Language[] = ['zh-CN', 'en'];

const DICTIONARIES: Readonly<Record<Language, Words>> = { 'zh-CN': zh, en };
const REMEMBERED = 'yiwang.language';

/** The language asked for: by address, then by an earlier choice, then by the browser. */
export function asked(search: string, remembered: string | null, browser: string): Language {
  for (const wish of [new URLSearchParams(search).get('lang'), remembered, browser]) {
    if (wish?.toLowerCase().startsWith('zh')) return 'zh-CN';
    if (wish?.toLowerCase().startsWith('en')) return 'en';
  }
  return 'en';
}

class Speech {
  language = $state<Language>('en');
  words = $derived(DICTIONARIES[this.language]);
  private whole = $derived(new Intl.NumberFormat(this.language, { maximumFractionDigits: 0 }));
  private fine = $derived(new Intl.NumberFormat(this.language, { minimumFractionDigits: 2, maximumFractionDigits: 2 }));
  private tenth = $derived(new Intl.NumberFormat(this.language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }));
  private plain = $derived(new Intl.NumberFormat(this.language, { maximumSignificantDigits: 5 }));

  choose(language: Language): void {
    this.language = language;
    document.documentElement.lang = language;
    try {
      localStorage.setItem(REMEMBERED, language);
    } catch {
      // A browser that keeps nothing still speaks.
    }
  }

  start(): void {
    let remembered: string | null = null;
    try {
      remembered = localStorage.getItem(REMEMBERED);
    } catch {
      // As above.
    }
    this.choose(asked(location.search, remembered, navigator.language));
  }

  name(of: Bilingual | undefined, otherwise = ''): string {
    return of ? of[this.language] || of.en || otherwise : otherwise;
  }

  /** Whole people, vehicles, minutes. */
  count(value: number): string {
    return this.whole.format(Math.round(value));
  }

  /** A density, two decimals. */
  density(value: number): string {
    return this.fine.format(value);
  }

  /** A density on the map, one decimal. */
  coarse(value: number): string {
    return this.tenth.format(value);
  }

  /** A reading of any unit. */
  value(value: number): string {
    return this.plain.format(value);
  }

  /** A span of time, in its largest useful unit. */
  age(ms: number): string {
    const s = Math.max(0, Math.floor(ms / 1000));
    if (s < 60) return this.words.age_s(s);
    const min = Math.floor(s / 60);
    if (min < 60) return this.words.age_min(min);
    const h = Math.floor(min / 60);
    return h < 48 ? this.words.age_h(h, min % 60) : this.words.age_d(Math.floor(h / 24));
  }

  /** A span to be chosen, of whole minutes or hours. */
  span(s: number): string {
    return s < 3600 ? this.words.minutes(s / 60) : this.words.hours(s / 3600);
  }

  private zones = new Map<string, { time: Intl.DateTimeFormat; second: Intl.DateTimeFormat; day: Intl.DateTimeFormat }>();

  private formats(zone: string): { time: Intl.DateTimeFormat; second: Intl.DateTimeFormat; day: Intl.DateTimeFormat } {
    const key = `${this.language} ${zone}`;
    let formats = this.zones.get(key);
    if (!formats) {
      const base = { timeZone: zone, hourCycle: 'h23', hour: '2-digit', minute: '2-digit' } as const;
      formats = {
        time: new Intl.DateTimeFormat(this.language, base),
        second: new Intl.DateTimeFormat(this.language, { ...base, second: '2-digit' }),
        day: new Intl.DateTimeFormat(this.language, {
          timeZone: zone, weekday: 'short', day: 'numeric', month: 'short', year: 'numeric',
        }),
      };
      this.zones.set(key, formats);
    }
    return formats;
  }

  /** Hours and minutes at the site. */
  time(iso: string, zone: string): string {
    return this.formats(zone).time.format(new Date(iso));
  }

  /** Hours, minutes and seconds at the site. */
  second(iso: string, zone: string): string {
    return this.formats(zone).second.format(new Date(iso));
  }

  /** A time zone's name; one that is only an offset is written as such. */
  zone(name: string, iso: string): string {
    if (!name.startsWith('Etc/')) return name;
    const format = new Intl.DateTimeFormat('en', { timeZone: name, timeZoneName: 'shortOffset' });
    const offset = format.formatToParts(new Date(iso)).find((part) => part.type === 'timeZoneName')?.value ?? name;
    return offset.replace('GMT', 'UTC');
  }

  /** The day at the site. */
  day(iso: string, zone: string): string {
    return this.formats(zone).day.format(new Date(iso));
  }
}

export const speech = new Speech();
