/** The inputs for the audience of a further identifier. */
import { AudienceNameInput } from './audience-name.tsx';
import { LineAudienceSelect } from './line-audience.tsx';
import type { SiblingProps } from './sibling-props.ts';

/** One that exists at LINE. */
export function ExistingAudience(props: SiblingProps & { readonly isRequired: boolean }) {
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

export function SiblingAudienceName({
  form,
  index,
  hint,
  value,
  onChange,
}: SiblingProps & { hint: string; value: string }) {
  return (
    <AudienceNameInput
      description={hint}
      {...form.getInputProps(`configuration.siblings.${index}.audience_name`)}
      value={value}
      onChange={(audience_name) => onChange({ audience_name }, 'audience_name')}
    />
  );
}
