/** A new authorization: provider, method, then its form. */
import { Anchor, Button, Group, Stack, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { Authorization } from '../../../src/contracts/authorizations.ts';
import { createAuthorization } from '../../api/authorizations.ts';
import { useChange } from '../../api/change.ts';
import { newIdempotencyKey } from '../../api/client.ts';
import { type ProviderView, providersQuery } from '../../api/providers.ts';
import { Choices } from '../../components/choices.tsx';
import { PageLayout } from '../../components/page-layout.tsx';
import { Failure, LoadingRows } from '../../components/states.tsx';
import { useDraftStorage, useKeptDraft } from '../../forms/draft.ts';
import { newAuthorizationRules } from '../../forms/rules/line.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { useTranslation } from '../../i18n/provider.tsx';
import { useProviderText } from '../../lib/provider-text.ts';
import { useStillHere } from '../../lib/still-here.ts';
import { blankConfiguration, ConfigurationFields, filledIn, shownFields } from './configuration-fields.tsx';
import { AuthorizationHelp } from './help.tsx';
import { SaveFailure, useSaySaved, VerifyWith } from './saving.tsx';

export function NewAuthorizationPage() {
  const { t } = useTranslation();
  const say = useProviderText();
  const search = useSearch({ from: '/app/authorizations/new' });
  const providers = useQuery(providersQuery);
  // An export that has its destination waits for a source.
  const wanted = search.authorization ? ['source'] : ['destination', 'source'];
  const withMethods = providers.data?.filter(({ methods, role }) => methods.length > 0 && wanted.includes(role)) ?? [];
  const provider = withMethods.find((offered) => offered.id === search.provider);
  const methods = provider?.methods ?? [];
  // One is no choice.
  const method = methods.find(({ id }) => id === search.method) ?? (methods.length === 1 ? methods[0] : undefined);
  return (
    <PageLayout
      // Each choice is another page, whose heading takes the focus from the link that is gone.
      key={[provider?.id, method?.id].join()}
      title={t('authorization.new')}
      back={{ to: '/authorizations', label: t('nav.authorizations') }}
      lead={
        provider && (
          <>
            <Anchor
              fz="inherit"
              underline="always"
              aria-label={`${say(provider.label)}${t('list.colon')}${t('export.changeChoice')}`}
              renderRoot={(props) => (
                <Link
                  to="/authorizations/new"
                  search={{ ...search, provider: undefined, method: undefined }}
                  {...props}
                />
              )}
            >
              {say(provider.label)}
            </Anchor>
            {method && ` · ${say(method.label)}`}
          </>
        )
      }
    >
      {providers.isPending && <LoadingRows rows={3} />}
      {providers.isError && <Failure error={providers.error} onRetry={() => providers.refetch()} />}
      {providers.data && !provider && (
        <Choices
          label={t('authorization.chooseProvider')}
          choices={withMethods.map(({ id, label, about }) => ({
            key: id,
            title: say(label),
            detail: say(about),
            to: { to: '/authorizations/new', search: { ...search, provider: id } },
          }))}
        />
      )}
      {provider && !method && (
        <Choices
          label={t('authorization.chooseMethod')}
          choices={provider.methods.map(({ id, label, help }) => ({
            key: id,
            title: say(label),
            detail: say(help),
            to: { to: '/authorizations/new', search: { ...search, method: id } },
          }))}
        />
      )}
      {provider && method && (
        <AuthorizationForm
          provider={provider}
          method={method}
          backToExport={search.for === 'export' ? (saved) => exportSearch(provider, saved, search) : null}
        />
      )}
    </PageLayout>
  );
}

/** The way back to the form of an export, with what was chosen there and what was saved now. */
const exportSearch = (
  provider: ProviderView,
  { id }: Authorization,
  { authorization, source }: { readonly authorization?: string; readonly source?: string },
) => (provider.role === 'source' ? { authorization, source: id } : { authorization: id, source });

interface AuthorizationFormProps {
  readonly provider: ProviderView;
  readonly method: ProviderView['methods'][number];
  /** Where the form of an export waits for it; null: none does. */
  readonly backToExport: ((saved: Authorization) => ReturnType<typeof exportSearch>) | null;
}

function AuthorizationForm({ provider, method, backToExport }: AuthorizationFormProps) {
  const { t } = useTranslation();
  const fields = shownFields(method);
  const navigate = useNavigate();
  const isStillHere = useStillHere();
  const storage = useDraftStorage(`authorization.${method.id}`);
  // The same for a second attempt, whose first one's answer may have got lost.
  const [idempotencyKey] = useState(newIdempotencyKey);
  const saySaved = useSaySaved();
  const save = useChange(createAuthorization, {
    onSuccess: (saved) => {
      storage.forget();
      saySaved(saved);
    },
    onUpdated: async (saved) => {
      if (!isStillHere()) return;
      await (backToExport
        ? navigate({ to: '/jobs/new', search: backToExport(saved) })
        : navigate({ to: '/authorizations/$id', params: { id: saved.id } }));
    },
  });
  const form = useApiForm({
    rules: newAuthorizationRules,
    initialValues: {
      label: '',
      description: '',
      configuration: blankConfiguration(fields),
      adaccount_id: '',
      ...storage.read(),
    },
    body: ({ configuration, adaccount_id, ...about }) => ({
      provider: provider.id,
      method: method.id,
      ...about,
      configuration: filledIn(configuration),
      adaccount_id: adaccount_id.trim() || undefined,
    }),
    // What a method needs is in the registry of providers.
    check: ({ configuration }) =>
      Object.fromEntries(
        fields
          .filter(({ key, required }) => required && !configuration[key]?.trim())
          .map(({ key }) => [`configuration.${key}`, t('form.required')]),
      ),
    save,
  });
  useKeptDraft(storage, form.values, ({ label, description }) => ({ label, description }));
  const send = (authorization: ReturnType<typeof form.getTransformedValues>, verify: 'first' | 'anyway') =>
    save.mutate({ body: { ...authorization, verify }, idempotencyKey });

  return (
    <div className="with-help">
      <form noValidate onSubmit={form.onSubmit((authorization) => send(authorization, 'first'))}>
        <Stack className="card" p={{ base: 'lg', sm: 'xl' }} gap="md" maw={640}>
          <TextInput label={t('authorization.label')} {...form.field('label')} />
          <Textarea
            label={t('form.description')}
            description={t('form.optional')}
            autosize
            minRows={2}
            {...form.field('description')}
          />
          <ConfigurationFields method={method.id} fields={fields} field={form.field} />
          {provider.destination?.account === 'ad_account' && <VerifyWith {...form.field('adaccount_id')} />}
          <SaveFailure
            error={save.error}
            isWhole={form.failure !== null}
            isSaving={save.isPending}
            onSaveAnyway={() => send(form.getTransformedValues(), 'anyway')}
          />
          <Group mt="xs">
            <Button type="submit" loading={save.isPending}>
              {t('authorization.save')}
            </Button>
          </Group>
        </Stack>
      </form>
      <AuthorizationHelp provider={provider.id} method={method} />
    </div>
  );
}
