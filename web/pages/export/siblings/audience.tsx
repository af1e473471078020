/**
 * The audience of a further identifier: a new one, one that exists at LINE, or the one that the saved job has for it.
 */
import { useTranslation } from '../../../i18n/provider.tsx';
import { later, useLater } from '../../../lib/later.ts';
import { AudienceNameInput } from '../audience-name.tsx';
import { LineAudienceSelect } from '../line-audience.tsx';
import { audienceName } from '../own-audience.ts';
import type { SiblingProps } from './props.ts';
import { keptAudience, suggestedNameOf } from './values.ts';

/** Only a saved job has one. */
const laterHeld = later(() => import('./held-audience.tsx'));

export function SiblingAudienceFields(props: SiblingProps) {
  const { t } = useTranslation();
  const { form, sibling, own } = props;
  const held = useLater(laterHeld);
  // It fills that of the first identifier.
  if (sibling.shares) return null;
  const kept = keptAudience(sibling, form.values);
  if (kept) {
    const existing = <ExistingAudience {...props} isRequired />;
    return held && <held.HeldAudience {...props} kept={kept} existing={existing} Name={SiblingAudienceName} />;
  }
  const suggested = suggestedNameOf(sibling, form.values, audienceName(form.values, own));
  return (
    <>
      {!form.values.configuration.split.isOn && <ExistingAudience {...props} isRequired={false} />}
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

/** One that exists at LINE. */
function ExistingAudience(props: SiblingProps & { readonly isRequired: boolean }) {
  const { form, authorizationId, sibling, index, isRequired, onChange } = props;
  return (
    <LineAudienceSelect
      authorizationId={authorizationId}
      adAccountId={form.values.configuration.adaccount_id}
      identifierType={sibling.identifier_type}
      value={sibling.audience_id}
      label={sibling.audience_label}
      field={form.getInputProps(`configuration.siblings.${index}.audience_id`)}
      isRequired={isRequired}
      onChange={(audience_id, audience_label) => onChange({ audience_id, audience_label }, 'audience_id')}
    />
  );
}

function SiblingAudienceName({ form, index, hint, value, onChange }: SiblingProps & { hint: string; value: string }) {
  return (
    <AudienceNameInput
      description={hint}
      {...form.getInputProps(`configuration.siblings.${index}.audience_name`)}
      maxNameLength={form.values.max_name_length}
      value={value}
      onChange={(audience_name) => onChange({ audience_name }, 'audience_name')}
    />
  );
}
