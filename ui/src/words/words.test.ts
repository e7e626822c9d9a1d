import { describe, expect, test } from 'vitest';
import { en } from './en';
import { asked } from './language.svelte';
import { zh } from './zh';

/** Every text of a dictionary, functions called with something. */
function texts(of: object, path = ''): [string, string][] {
  return Object.entries(of).flatMap(([key, value]: [string, unknown]): [string, string][] => {
    const at = `${path}${key}`;
    if (typeof value === 'function') return [[at, (value as (...all: string[]) => string)('1', '2', '3')]];
    return typeof value === 'string' ? [[at, value]] : texts(value as object, `${at}.`);
  });
}

describe('words', () => {
  test('no text is empty', () => {
    for (const [at, text] of [...texts(en), ...texts(zh)]) expect(text.trim(), at).not.toBe('');
  });

  test('every Chinese text is Chinese', () => {
    for (const [at, text] of texts(zh)) expect(text, at).toMatch(/[\u4e00-\u9fff：]/);
  });

  test('no English text is Chinese', () => {
    for (const [at, text] of texts(en)) expect(text, at).not.toMatch(/[\u4e00-\u9fff]/);
  });

  test('the address beats the memory, the memory beats the browser', () => {
    expect(asked('?lang=zh', 'en', 'en')).toBe('zh-CN');
    expect(asked('', 'en', 'zh-CN')).toBe('en');
    expect(asked('', null, 'zh-TW')).toBe('zh-CN');
    expect(asked('', null, 'fr')).toBe('en');
  });
});
