/** A moment as "5 minutes ago". The tooltip has the exact time. */
import { useTranslation } from '../i18n/provider.tsx';

export function When({ at }: { at: string }) {
  const { format } = useTranslation();
  return (
    <time dateTime={at} title={format.dateTime(at)} style={{ whiteSpace: 'nowrap' }}>
      {format.relative(at)}
    </time>
  );
}

/** Who did something, and when. */
export function By({ who, at }: { who: string; at: string }) {
  return (
    <>
      {who} · <When at={at} />
    </>
  );
}
