/**
 * LINE's constants (states, operations, types, reasons) as text in the reader's language. The constant stays beside the
 * text, because LINE's own pages and support use only the constant. An unknown constant is shown alone.
 */
import { useTranslation } from '../i18n/provider.tsx';

interface LineTermProps {
  readonly constant: string;
  /** In a list: the constant is in the tooltip of the text. */
  readonly isQuiet?: boolean | undefined;
}

export function LineTerm({ constant, isQuiet = false }: LineTermProps) {
  const { tIfKnown } = useTranslation();
  const text = tIfKnown(`line.${constant}`, '');
  if (isQuiet && text) return <span title={constant}>{text}</span>;
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
