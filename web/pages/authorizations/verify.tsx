/** Verifies the credentials, and shows the result of each check. */
import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { Authorization } from '../../../src/contracts/authorizations.ts';
import { verifyAuthorization } from '../../api/authorizations.ts';
import { useDestination } from '../../api/providers.ts';
import { Section } from '../../components/page-layout.tsx';
import { Failure } from '../../components/states.tsx';
import { newAuthorizationRules } from '../../forms/rules/line.build.ts';
import { useApiForm } from '../../forms/use-api-form.ts';
import { useTranslation } from '../../i18n/provider.tsx';

export function Verify({ authorization }: { authorization: Authorization }) {
  const { t, tIfKnown, translate } = useTranslation();
  const destination = useDestination(authorization.provider);
  const verify = useMutation(verifyAuthorization(authorization.id));
  const form = useApiForm({
    rules: newAuthorizationRules,
    initialValues: { adaccount_id: authorization.adaccount_id ?? '' },
    body: ({ adaccount_id }) => ({ adaccount_id: adaccount_id.trim() || undefined }),
    save: verify,
  });
  return (
    <Section title={t('authorization.verify')}>
      <Stack className="card" p="lg" gap="md">
        <form onSubmit={form.onSubmit((account) => verify.mutate(account))}>
          <Group align={form.errors.adaccount_id ? 'center' : 'flex-end'} gap="sm">
            {destination?.account === 'ad_account' && (
              <TextInput
                label={t('form.adaccount_id')}
                placeholder="A12345678901"
                spellCheck={false}
                w={220}
                {...form.field('adaccount_id')}
              />
            )}
            <Button type="submit" variant="default" loading={verify.isPending}>
              {t('authorization.verify.action')}
            </Button>
          </Group>
        </form>
        {form.failure && <Failure error={form.failure} />}
        {verify.data && (
          <div role="status">
            {verify.data.checks.map(({ name, ok, ...told }) => (
              <Text key={name} fz="sm" component="p" my={6}>
                <Outcome ok={ok} />{' '}
                <Text span fz="sm" fw={600}>
                  {tIfKnown(`check.${name}`, name)}
                </Text>{' '}
                {translate(told)}
              </Text>
            ))}
          </div>
        )}
      </Stack>
    </Section>
  );
}

function Outcome({ ok }: { ok: boolean | null }) {
  const { t } = useTranslation();
  const [sign, colour, word] =
    ok === null
      ? (['?', 'var(--mantine-color-dimmed)', t('check.unknown')] as const)
      : ok
        ? (['✓', 'var(--lineup-good)', t('check.ok')] as const)
        : (['✕', 'var(--mantine-color-error)', t('check.bad')] as const);
  return (
    <Text span c={colour} fw={700} role="img" aria-label={word}>
      {sign}
    </Text>
  );
}
