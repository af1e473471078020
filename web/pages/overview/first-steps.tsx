/** Shown when there is no export yet: the steps to the first one, each marked when it is done. */
import { Button, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import { authorizationsQuery } from '../../api/authorizations.ts';
import { channelsQuery } from '../../api/notification-channels.ts';
import { providersQuery } from '../../api/providers.ts';
import { usersQuery } from '../../api/users.ts';
import { DoneIcon } from '../../components/icons.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';

type StepName = 'authorization' | 'source' | 'export' | 'notifications' | 'users';

interface Step {
  readonly name: StepName;
  /** Undefined while loading. */
  readonly done: boolean | undefined;
  readonly isOptional: boolean;
  readonly to: LinkProps;
}

export function FirstSteps() {
  const { t } = useTranslation();
  const steps = useSteps();
  const next = steps.find(({ done, isOptional }) => !done && !isOptional)?.name;
  return (
    <Stack className="card" p={{ base: 'lg', sm: 'xl' }} gap="lg">
      <div>
        <Title order={2}>{t('jobs.none')}</Title>
        <Text c="dimmed" fz="sm" mt={4}>
          {t('jobs.none.detail')}
        </Text>
      </div>
      <ol className="steps">
        {steps.map(({ name, done, isOptional, to }, index) => (
          <li key={name} data-done={done || undefined}>
            <span className="step-mark" aria-hidden>
              {done ? <DoneIcon /> : index + 1}
            </span>
            <div>
              <Text fw={600} fz="sm">
                {t(`steps.${name}`)}{' '}
                {(done || isOptional) && (
                  <Text span fz="xs" c="dimmed" fw={400}>
                    {done ? t('steps.done') : t('form.optional')}
                  </Text>
                )}
              </Text>
              <Text fz="sm" c="dimmed">
                {t(`steps.${name}.detail`)}
              </Text>
            </div>
            {!done && (
              <Button
                variant={name === next ? 'filled' : 'default'}
                renderRoot={(props) => <Link {...to} {...props} />}
              >
                {name === 'export' ? t('export.new') : t(`steps.${name}.go`)}
              </Button>
            )}
          </li>
        ))}
      </ol>
    </Stack>
  );
}

/** The steps that the person may take. */
function useSteps(): Step[] {
  const { may } = useMe();
  const providers = useQuery(providersQuery);
  const authorizations = useQuery(authorizationsQuery);
  const channels = useQuery({ ...channelsQuery, enabled: may('notifications.write') });
  const users = useQuery({ ...usersQuery, enabled: may('users.write') });
  const has = (role: 'destination' | 'source'): boolean | undefined =>
    providers.data &&
    authorizations.data?.some(({ provider }) => providers.data.find(({ id }) => id === provider)?.role === role);
  return [
    {
      name: 'authorization',
      done: has('destination'),
      isOptional: false,
      to: { to: '/authorizations/new' },
    },
    { name: 'source', done: has('source'), isOptional: true, to: { to: '/authorizations/new' } },
    { name: 'export', done: false, isOptional: false, to: { to: '/jobs/new' } },
    ...(may('notifications.write')
      ? [
          {
            name: 'notifications' as const,
            done: channels.data && channels.data.length > 0,
            isOptional: true,
            to: { to: '/notifications' } as const,
          },
        ]
      : []),
    ...(may('users.write')
      ? [
          {
            name: 'users' as const,
            done: users.data && users.data.length > 1,
            isOptional: true,
            to: { to: '/users' } as const,
          },
        ]
      : []),
  ];
}
