/** The audience of a further identifier: a new one, one that exists at LINE, or the one that the saved job has for it. */
import { useTranslation } from '../../i18n/provider.tsx';
import { later, useLater } from '../../lib/later.ts';
import { audienceName } from './own-audience.ts';
import { ExistingAudience, SiblingAudienceName } from './sibling-inputs.tsx';
import type { SiblingProps } from './sibling-props.ts';
import { keptAudience, suggestedNameOf } from './siblings.ts';

/** Only a saved job has one. */
const laterHeld = later(() => import('./sibling-held-audience.tsx'));

export function SiblingAudienceFields(props: SiblingProps) {
  const { t } = useTranslation();
  const { form, sibling, own } = props;
  const held = useLater(laterHeld);
  const kept = keptAudience(sibling, form.values);
  if (kept) {
    const existing = <ExistingAudience {...props} isRequired />;
    return (
      held && <held.HeldAudience {...props} kept={kept} existing={existing} Name={SiblingAudienceName} />
    );
  }
  const suggested = suggestedNameOf(sibling, form.values, audienceName(form.values, own));
  return (
    <>
      <ExistingAudience {...props} isRequired={false} />
      {sibling.audience_id === '' && (
        <SiblingAudienceName
          {...props}
          hint={t('form.audience_name.hint')}
          value={sibling.audience_name ?? suggested}
        />
      )}
    </>
  );
}
