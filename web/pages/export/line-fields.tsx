/** LINE's side: the authorization, the ad account, and the audience that is filled. */

import { useQuery } from '@tanstack/react-query';
import { authorizationsQuery } from '../../api/authorizations.ts';
import { useDestinationsAmong } from '../../api/providers.ts';
import { Select } from '../../components/select.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { AdAccountInput } from './ad-account.tsx';
import { AudienceNameInput } from './audience-name.tsx';
import { LineAudienceSelect } from './line-audience.tsx';
import type { OwnAudience } from './own-audience.ts';
import type { OwnAudienceFields } from './own-audience-fields.tsx';
import type * as Sizes from './size-change.tsx';
import type { ExportForm } from './use-export-form.ts';

interface LineFieldsProps {
  readonly form: ExportForm;
  /** Of a saved job: the audience that it has at LINE. */
  readonly audience?: { readonly own: OwnAudience | null; readonly Fields: typeof OwnAudienceFields };
  readonly size: Sizes.SizeProps;
  /** Undefined until it is loaded. */
  readonly sizes: typeof Sizes | undefined;
}

export function LineFields({ form, audience, size, sizes }: LineFieldsProps) {
  const { t } = useTranslation();
  const { values } = form;
  const own = audience?.own ?? null;
  const lineAudience = (
    <LineAudienceSelect
      authorizationId={size.authorizationId}
      adAccountId={values.configuration.adaccount_id}
      identifierType={values.configuration.identifier_type}
      value={values.configuration.audience_id}
      label={values.audience_label}
      field={form.getInputProps('configuration.audience_id')}
      isRequired={own !== null}
      onChange={(audience_id, audience_label) =>
        form.change({ audience_label, configuration: { audience_id } }, 'configuration.audience_id')
      }
    />
  );
  return (
    <>
      {values.authorization_id !== '' && <AuthorizationSelect {...form.getInputProps('authorization_id')} />}
      <div className="form-row">
        <AdAccountInput
          authorizationId={size.authorizationId}
          {...form.getInputProps('configuration.adaccount_id')}
          value={values.configuration.adaccount_id}
          onOnly={(adaccount_id) => form.change({ configuration: { adaccount_id } })}
        />
        {!own && lineAudience}
      </div>
      {own && audience && <audience.Fields own={own} form={form} existing={lineAudience} />}
      {sizes && <sizes.AudienceHolds {...size} />}
      {!own && values.configuration.audience_id === '' && (
        <AudienceNameInput
          description={t('form.audience_name.hint')}
          {...form.getInputProps('configuration.audience_name')}
          value={values.configuration.audience_name}
        />
      )}
    </>
  );
}

/** Of destinations; there is no choice with one alone. */
function AuthorizationSelect(field: ReturnType<ExportForm['getInputProps']>) {
  const { t } = useTranslation();
  const { data = [] } = useQuery(authorizationsQuery);
  const options = useDestinationsAmong(data);
  if (options.length < 2 && !field.error) return <span hidden data-path="authorization_id" />;
  return (
    <Select
      {...field}
      label={t('authorization.title')}
      required
      allowDeselect={false}
      data={options.map(({ id, label }) => ({ value: id, label }))}
    />
  );
}
