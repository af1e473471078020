/**
 * LINE's constants (states, operations, types, reasons) in the reader's words: the one place for them. The constant stays beside the
 * words, for LINE's own pages and support know it alone; one that nobody here knows yet is shown as it is.
 */
import { useTranslation } from '../i18n/provider.tsx';

export function LineTerm({ constant }: { constant: string }) {
  const { tIfKnown } = useTranslation();
  const words = tIfKnown(`line.${constant}`, '');
  return (
    <span className="line-words">
      {words ? (
        <>
          {words} <span className="constant">{constant}</span>
        </>
      ) : (
        constant
      )}
    </span>
  );
}

/** The same as a text, for sentences. */
export function useLineTerm(): (constant: string) => string {
  const { t, tIfKnown } = useTranslation();
  return (constant) => {
    const words = tIfKnown(`line.${constant}`, '');
    return words ? t('line.inWords', { words, constant }) : constant;
  };
}
