/** LINE's side: the authorization, the ad account, and the audience that is filled. */

import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { authorizationsQuery } from '../../api/authorizations.ts';
import { useDestinationsAmong, useProviderOfJob } from '../../api/providers.ts';
import { Select } from '../../components/select.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useProviderText } from '../../lib/provider-text.ts';
import { AdAccountInput, ChannelAccount } from './ad-account.tsx';
import { AudienceNameInput } from './audience-name.tsx';
import { LineAudienceSelect } from './line-audience.tsx';
import type { OwnAudience } from './own-audience.ts';
import type { OwnAudienceFields } from './own-audience-fields.tsx';
import type * as Sizes from './size-change.tsx';
import type { ExportForm } from './use-export-form.ts';

const ACCOUNT = 'configuration.adaccount_id';

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
  const say = useProviderText();
  const { values } = form;
  const own = audience?.own ?? null;
  const { authorizationId } = size;
  const provider = useProviderOfJob(size.type);
  const { destination } = provider ?? {};
  const replaces = destination?.modes.includes('replace') ?? true;
  const isSplit = values.configuration.split.isOn;
  const chooseAccount = (adaccount_id: string) => form.change({ configuration: { adaccount_id } });
  const lineAudience = !isSplit && (
    <LineAudienceSelect
      authorizationId={authorizationId}
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
      {values.authorization_id !== '' && (
        <AuthorizationSelect present={authorizationId} field={form.getInputProps('authorization_id')} />
      )}
      {destination?.account === 'channel' ? (
        <>
          <ChannelAccount
            authorizationId={authorizationId}
            value={values.configuration.adaccount_id}
            error={form.errors[ACCOUNT]}
            onChange={chooseAccount}
          />
          {!own && lineAudience}
        </>
      ) : (
        <div className="form-row">
          <AdAccountInput
            authorizationId={authorizationId}
            {...form.getInputProps(ACCOUNT)}
            value={values.configuration.adaccount_id}
            isPlain={destination?.account === 'base_and_account'}
            onOnly={chooseAccount}
          />
          {!own && lineAudience}
        </div>
      )}
      {own && audience && <audience.Fields own={own} form={form} existing={lineAudience} />}
      {sizes && replaces && <sizes.AudienceHolds {...size} />}
      {isSplit && (
        <Text fz="sm" c="dimmed">
          {t('form.split.names')}
        </Text>
      )}
      {!own && !isSplit && values.configuration.audience_id === '' && (
        <AudienceNameInput
          description={t(
            destination?.leaving.by === 'age' ? 'form.audience_name.hint.list' : 'form.audience_name.hint',
          )}
          maxNameLength={values.max_name_length}
          {...form.getInputProps('configuration.audience_name')}
          value={values.configuration.audience_name}
        />
      )}
      {provider?.notes.map((note) => (
        <Text key={note} fz="sm" c="dimmed">
          {say(note)}
        </Text>
      ))}
    </>
  );
}

interface AuthorizationSelectProps {
  /** Its id. A job stays at its destination. */
  readonly present: string;
  readonly field: ReturnType<ExportForm['getInputProps']>;
}

/** There is no choice with one alone. */
function AuthorizationSelect({ present, field }: AuthorizationSelectProps) {
  const { t } = useTranslation();
  const { data = [] } = useQuery(authorizationsQuery);
  const provider = data.find(({ id }) => id === present)?.provider;
  const options = useDestinationsAmong(data).filter(
    (offered) => provider === undefined || offered.provider === provider,
  );
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
