/** The language that everything is shown in: chosen by the person, else the browser's. */
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { say, type Told, type Voice } from '../../src/contracts/sentence.ts';
import { voiceOf } from '../../src/contracts/sentences/index.ts';
import { get } from '../api/client.ts';
import { afterFirstLoad } from '../lib/first-load.ts';
import { formatsOf } from './format.ts';
import { fill, type Key, type Language, type Messages, type Values } from './messages.ts';

const CHOSEN = 'lineup.language';

/** In their own words, as everybody finds theirs. */
export const languages: Readonly<Record<Language, string>> = {
  en: 'English',
  ja: '日本語',
  'zh-TW': '繁體中文',
  th: 'ไทย',
  id: 'Bahasa Indonesia',
};

/** Fetched when needed: nobody loads four languages that they do not read. */
const load: Readonly<Record<Language, () => Promise<Messages>>> = {
  en: async () => (await import('./en.ts')).en,
  ja: async () => (await import('./ja.ts')).ja,
  'zh-TW': async () => (await import('./zh-tw.ts')).zhTW,
  th: async () => (await import('./th.ts')).th,
  id: async () => (await import('./id.ts')).id,
};

interface Speech {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly t: (key: Key, values?: Values) => string;
  /** For keys that are put together: the fallback is what is shown when no language has the key. */
  readonly tIfKnown: (key: string, fallback: string) => string;
  /**
   * What the server says; in English what it wrote before it knew other languages. Nothing for the moment in which the words
   * for it are fetched, and then the page shows it.
   */
  readonly inWords: (told: Told) => string;
  /** Moments are those of the installation's time zone, where it has one. */
  readonly format: ReturnType<typeof formatsOf>;
  readonly setTimeZone: (timeZone: string | undefined) => void;
}

const SpeechContext = createContext<Speech | null>(null);

/** The language to speak at first: chosen before, or asked for by the browser. */
function preferred(): Language | undefined {
  const known = (tag: string): Language | undefined => {
    if (/^zh\b/i.test(tag)) return 'zh-TW';
    const [base = ''] = tag.toLowerCase().split('-');
    return base in languages ? (base as Language) : undefined;
  };
  const chosen = localStorage.getItem(CHOSEN);
  if (chosen && chosen in languages) return chosen as Language;
  for (const tag of navigator.languages) {
    const language = known(tag);
    if (language) return language;
  }
  return undefined;
}

/** What the server can say is much, and rarely said: it comes when the page is there, or with the first sentence. */
function useVoice(language: Language | undefined, timeZone: string | undefined) {
  const [heard, setHeard] = useState<{ as: string; voice: Voice } | null>(null);
  const as = `${language} ${timeZone}`;
  const asked = useRef('');
  const ask = useCallback(() => {
    if (language === undefined || asked.current === as) return;
    asked.current = as;
    voiceOf(language, timeZone)
      .catch(() => voiceOf('en', timeZone))
      .then((voice) => {
        if (asked.current === as) setHeard({ as, voice });
      });
  }, [language, timeZone, as]);
  useEffect(() => {
    // Nothing is fetched for English.
    if (language === 'en') ask();
    return afterFirstLoad(ask);
  }, [ask, language]);
  return { voice: heard && heard.as === as ? heard.voice : null, ask };
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, choose] = useState(() => preferred() ?? 'en');
  const [spoken, setSpoken] = useState<{ language: Language; messages: Messages } | null>(null);
  const [timeZone, setTimeZone] = useState<string>();
  const { voice, ask } = useVoice(spoken?.language, timeZone);

  // Whose browser asks for none of ours hears what the installation speaks.
  useEffect(() => {
    if (preferred()) return;
    const asking = new AbortController();
    get<{ language: Language }>('/sign-in', {}, asking.signal).then(
      ({ language: theirs }) => choose(theirs),
      () => {},
    );
    return () => asking.abort();
  }, []);

  useEffect(() => {
    let wanted = true;
    const speak = async (as: Language) => {
      const messages = await load[as]();
      if (!wanted) return;
      document.documentElement.lang = as;
      setSpoken({ language: as, messages });
    };
    speak(language).catch(() => speak('en'));
    return () => {
      wanted = false;
    };
  }, [language]);

  const speech = useMemo((): Speech | null => {
    if (!spoken) return null;
    const { messages } = spoken;
    return {
      language: spoken.language,
      setLanguage: (next) => {
        localStorage.setItem(CHOSEN, next);
        choose(next);
      },
      t: (key, values) => fill(messages[key], values, spoken.language),
      tIfKnown: (key, fallback) => messages[key as Key] ?? fallback,
      inWords: ({ message, sentence }) => {
        if (!sentence) return message;
        if (voice) return say(sentence, voice);
        ask();
        return '';
      },
      format: formatsOf(spoken.language, timeZone),
      setTimeZone,
    };
  }, [spoken, voice, ask, timeZone]);

  return speech && <SpeechContext value={speech}>{children}</SpeechContext>;
}

/** Shows every moment in that time zone from now on. @param timeZone null: the browser's own */
export function useTimeZone(timeZone: string | null): void {
  const { setTimeZone } = useSpeech();
  useLayoutEffect(() => {
    setTimeZone(timeZone ?? undefined);
    return () => setTimeZone(undefined);
  }, [timeZone, setTimeZone]);
}

export function useSpeech(): Speech {
  const speech = useContext(SpeechContext);
  if (!speech) throw new Error('useSpeech outside LanguageProvider');
  return speech;
}
