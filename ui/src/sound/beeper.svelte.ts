// Sounds of warnings: a pattern of beeps per level.
// Not here: which warning must sound (state/warnings.ts).
// Invariant: whether the page can be heard is always visible; a blocked page never claims to sound.
import type { Level } from '../api/types';

export type Voice = 'on' | 'off' | 'blocked';

interface Pattern { beeps: number; hertz: number; on_s: number; off_s: number }

/** More, higher and faster with the level, so that levels are told apart without looking. */
const PATTERNS: Readonly<Record<Exclude<Level, 'normal'>, Pattern>> = {
  caution: { beeps: 1, hertz: 587, on_s: 0.25, off_s: 0.1 },
  warning: { beeps: 2, hertz: 784, on_s: 0.2, off_s: 0.12 },
  critical: { beeps: 5, hertz: 1047, on_s: 0.12, off_s: 0.07 },
};
const LOUDNESS = 0.25;

export class Beeper {
  voice = $state<Voice>('blocked');
  private context: AudioContext | null = null;
  private missed: Level | null = null;

  /** Watches for the first gesture, before which browsers let nothing sound. */
  start(): void {
    this.context = new AudioContext();
    this.context.onstatechange = () => this.look();
    this.look();
    const gesture = (event: Event): void => {
      // The sound button decides for itself: allowing here would turn its press into "off".
      if (event.target instanceof Element && event.target.closest('[data-sound]')) return;
      removeEventListener('pointerdown', gesture);
      removeEventListener('keydown', gesture);
      void this.allow();
    };
    addEventListener('pointerdown', gesture);
    addEventListener('keydown', gesture);
  }

  private look(): void {
    if (this.voice !== 'off') this.voice = this.context?.state === 'running' ? 'on' : 'blocked';
  }

  private async allow(): Promise<void> {
    if (this.voice === 'off') return;
    await this.context?.resume().catch(() => undefined);
    this.look();
    if (this.voice === 'on' && this.missed) this.play(this.missed);
    this.missed = null;
  }

  /** Off when on, on when off; allowed when blocked. */
  async toggle(): Promise<void> {
    if (this.voice === 'on') {
      this.voice = 'off';
      return;
    }
    this.voice = 'blocked';
    await this.allow();
  }

  /** Sounds a level now; a blocked page keeps the last one for the first gesture. */
  play(level: Level): void {
    if (level === 'normal' || this.voice === 'off') return;
    if (this.voice === 'blocked' || !this.context) {
      this.missed = level;
      return;
    }
    const pattern = PATTERNS[level];
    let at = this.context.currentTime + 0.02;
    for (let i = 0; i < pattern.beeps; i++) {
      beep(this.context, pattern, at);
      at += pattern.on_s + pattern.off_s;
    }
  }
}

function beep(context: AudioContext, pattern: Pattern, at: number): void {
  const tone = context.createOscillator();
  const gain = context.createGain();
  tone.frequency.value = pattern.hertz;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(LOUDNESS, at + 0.01);
  gain.gain.setValueAtTime(LOUDNESS, at + pattern.on_s - 0.02);
  gain.gain.linearRampToValueAtTime(0, at + pattern.on_s);
  tone.connect(gain).connect(context.destination);
  tone.start(at);
  tone.stop(at + pattern.on_s);
}
