/** A small "+2" beside the first audience of a job or a run that has further identifiers. */
import type { IdentifierType } from '../../src/domain/audiences/requests.ts';
import { useTranslation } from '../i18n/provider.tsx';

interface Further {
  readonly identifier_type: IdentifierType;
  readonly audience_name: string | null;
}

export function FurtherMark({ siblings }: { siblings: readonly Further[] }) {
  const { t } = useTranslation();
  if (siblings.length === 0) return null;
  const each = siblings.map(({ identifier_type, audience_name }) => {
    const type = t(`identifier.${identifier_type}`);
    return audience_name === null ? type : `${type} → ${audience_name}`;
  });
  const label = `${t('form.siblings')}${t('list.colon')}${each.join(t('list.comma'))}`;
  return (
    <span className="tag" role="img" title={label} aria-label={label}>
      +{siblings.length}
    </span>
  );
}
