/**
 * LINE's constants (states, operations, types, reasons) as text in the reader's language. The constant stays beside the
 * text, because LINE's own pages and support use only the constant. An unknown constant is shown alone.
 */
import { useTranslation } from '../i18n/provider.tsx';

export function LineTerm({ constant }: { constant: string }) {
  const { tIfKnown } = useTranslation();
  const text = tIfKnown(`line.${constant}`, '');
  return (
    <span className="line-words">
      {text ? (
        <>
          {text} <span className="constant">{constant}</span>
        </>
      ) : (
        constant
      )}
    </span>
  );
}

/** The same as a plain string, for use within sentences. */
export function useLineTerm(): (constant: string) => string {
  const { t, tIfKnown } = useTranslation();
  return (constant) => {
    const text = tIfKnown(`line.${constant}`, '');
    return text ? t('line.inWords', { words: text, constant }) : constant;
  };
}
