/** The language of the app: the one that the person chose, otherwise that of the browser. */
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
import { languageCookie, preferredLanguage } from '../../src/domain/text/preferred-language.ts';
import { asSentence, type LocalizedText } from '../../src/domain/text/sentence.ts';
import { formatMessage, type Translate, translator, type Values } from '../../src/i18n/translator.ts';
import { call } from '../api/client.ts';
import { afterFirstLoad } from '../lib/later.ts';
import { formatsOf } from './format.ts';
import { type Key, type Language, loadMessages, loadSentences, type Messages } from './messages.ts';

/** Each name is in its own language, so that its readers find it. */
export const languages: Readonly<Record<Language, string>> = {
  en: 'English',
  ja: '日本語',
  'zh-TW': '繁體中文',
  th: 'ไทย',
  id: 'Bahasa Indonesia',
};

interface Translation {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly t: (key: Key, values?: Values) => string;
  /** For keys that are composed at run time. Without such a key in the catalogue it returns the fallback. */
  readonly tIfKnown: (key: string, fallback: string) => string;
  /**
   * Translates a text of the server. Without a sentence it returns the English message. The result is empty until the
   * catalogue of the server's sentences is loaded; then the page renders again.
   */
  readonly translate: (told: LocalizedText) => string;
  /** Formats. Times are in the time zone of the installation, if it has one. */
  readonly format: ReturnType<typeof formatsOf>;
  readonly setTimeZone: (timeZone: string | undefined) => void;
}

/** The same, for the languages of the app alone. */
interface Shown extends Translation {
  readonly telling: (side: string) => Pick<Translation, 't' | 'tIfKnown'>;
}

const TranslationContext = createContext<Shown | null>(null);

/** What `{side}` stands for in messages: who runs the destination. Undefined where it may be any. */
const SideContext = createContext<string | undefined>(undefined);

/** Messages within are about one destination. @param side who runs it; undefined while it is not known */
export function OtherSide({ side, children }: { side: string | undefined; children: ReactNode }) {
  const outer = useContext(SideContext);
  return <SideContext value={side ?? outer}>{children}</SideContext>;
}

function tellingOf(messages: Messages, language: Language, side?: string): Pick<Translation, 't' | 'tIfKnown'> {
  const named = side ?? formatMessage(messages['side.any'], language, {});
  const tell = (key: Key, values?: Values): string => {
    const text = formatMessage(messages[key], language, { side: named, ...values });
    // A name begins as it is written, and other words with a capital letter.
    return side === undefined && text.startsWith(named)
      ? text.charAt(0).toLocaleUpperCase(language) + text.slice(1)
      : text;
  };
  return {
    t: tell,
    tIfKnown: (key, fallback) => (Object.hasOwn(messages, key) ? tell(key as Key) : fallback),
  };
}

/** The first language: chosen earlier, or requested by the browser. */
const preferred = () => preferredLanguage(document.cookie, navigator.languages);

/**
 * The catalogue of the server's sentences is large and seldom needed. It is loaded after the page, or with the first
 * sentence.
 */
function useTranslator(language: Language | undefined, timeZone: string | undefined) {
  const [made, setMade] = useState<{ locale: string; translate: Translate } | null>(null);
  const locale = `${language} ${timeZone}`;
  const asked = useRef('');
  const ask = useCallback(() => {
    if (language === undefined || asked.current === locale) return;
    asked.current = locale;
    makeTranslator(language, timeZone)
      .catch(() => makeTranslator('en', timeZone))
      .then((translate) => {
        if (asked.current === locale) setMade({ locale, translate });
      });
  }, [language, timeZone, locale]);
  useEffect(() => {
    // English needs no catalogue.
    if (language === 'en') ask();
    return afterFirstLoad(ask);
  }, [ask, language]);
  return { translate: made && made.locale === locale ? made.translate : null, ask };
}

async function makeTranslator(language: Language, timeZone: string | undefined): Promise<Translate> {
  const sentences = await loadSentences(language);
  const lookUp = (template: string) => (Object.hasOwn(sentences, template) ? sentences[template] : undefined);
  return translator(lookUp, language, timeZone);
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, choose] = useState(() => preferred() ?? 'en');
  const [shown, setShown] = useState<{ language: Language; messages: Messages } | null>(null);
  const [timeZone, setTimeZone] = useState<string>();
  const { translate: translateSentence, ask } = useTranslator(shown?.language, timeZone);

  // If the browser requests none of our languages, the language of the installation is used.
  useEffect(() => {
    if (preferred()) return;
    const asking = new AbortController();
    call('GET /sign-in', { signal: asking.signal }).then(
      ({ language: theirs }) => choose(theirs),
      () => {},
    );
    return () => asking.abort();
  }, []);

  useEffect(() => {
    let wanted = true;
    const show = async (next: Language) => {
      const messages = await loadMessages(next);
      if (!wanted) return;
      document.documentElement.lang = next;
      setShown({ language: next, messages });
    };
    show(language).catch(() => show('en'));
    return () => {
      wanted = false;
    };
  }, [language]);

  const translation = useMemo((): Shown | null => {
    if (!shown) return null;
    const { messages } = shown;
    return {
      language: shown.language,
      setLanguage: (next) => {
        // biome-ignore lint/suspicious/noDocumentCookie: the cookie store of browsers is not there on plain HTTP
        document.cookie = languageCookie(next);
        choose(next);
      },
      ...tellingOf(messages, shown.language),
      // Nothing waits for the catalogue of the sentences, which has the translations of the names.
      telling: (side) => tellingOf(messages, shown.language, translateSentence?.(asSentence(side)) ?? side),
      translate: ({ message, sentence }) => {
        if (!sentence) return message;
        if (translateSentence) return translateSentence(sentence);
        ask();
        return '';
      },
      format: formatsOf(shown.language, timeZone),
      setTimeZone,
    };
  }, [shown, translateSentence, ask, timeZone]);

  return translation && <TranslationContext value={translation}>{children}</TranslationContext>;
}

/** Shows all times in this time zone from now on. @param timeZone null for that of the browser */
export function useTimeZone(timeZone: string | null): void {
  const { setTimeZone } = useTranslation();
  useLayoutEffect(() => {
    setTimeZone(timeZone ?? undefined);
    return () => setTimeZone(undefined);
  }, [timeZone, setTimeZone]);
}

export function useTranslation(): Translation {
  const translation = useContext(TranslationContext);
  const side = useContext(SideContext);
  if (!translation) throw new Error('useTranslation outside LanguageProvider');
  return useMemo(
    () => (side === undefined ? translation : { ...translation, ...translation.telling(side) }),
    [translation, side],
  );
}

/** A text of the server, as soon as there is a translation. */
export const Translated = ({ text }: { text: LocalizedText }) => useTranslation().translate(text);
