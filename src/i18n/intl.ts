/**
 * The formatters of `Intl`. Each is made when it is first needed, and then kept: to make one takes a slow phone ten
 * milliseconds, and a page needs few of them.
 */
type Make<Options, Formatter> = (locale: string, options?: Options) => Formatter;

/** There are as many as languages, time zones and ways to write, so none is ever dropped. */
function kept<Options, Formatter>(make: Make<Options, Formatter>): Make<Options, Formatter> {
  const all = new Map<string, Formatter>();
  return (locale, options) => {
    const key = JSON.stringify([locale, options]);
    const found = all.get(key) ?? make(locale, options);
    all.set(key, found);
    return found;
  };
}

export const numberFormat = kept(
  (locale, options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(locale, options),
);

export const dateFormat = kept(
  (locale, options?: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options),
);

export const pluralRules = kept((locale, options?: Intl.PluralRulesOptions) => new Intl.PluralRules(locale, options));

export const relativeFormat = kept(
  (locale, options?: Intl.RelativeTimeFormatOptions) => new Intl.RelativeTimeFormat(locale, options),
);
