// Sentences: from the server's catalogue, filled in and counted here.

export interface Phrases {
  say(key: string, values?: Readonly<Record<string, string | number>>): string;
  /** The form of a counted sentence that the language asks for. */
  count(key: string, n: number): string;
}

export function makePhrases(language: string, sentences: Readonly<Record<string, string>>): Phrases {
  const rules = new Intl.PluralRules(language);
  const say = (key: string, values: Readonly<Record<string, string | number>> = {}): string =>
    (sentences[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
  return {
    say,
    count: (key, n) => {
      const form = `${key}.${rules.select(n)}`;
      return say(form in sentences ? form : `${key}.other`, { n });
    },
  };
}
