/** What a page shows when it has no data: loading, empty, an error, not found. */
import { Box, Button, Center, Code, Group, Loader, Skeleton, Stack, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client.ts';
import { useTranslation } from '../i18n/provider.tsx';
import { type FailureText, useFailureText } from '../lib/failure-text.ts';
import { Note } from './note.tsx';
import { Technical } from './technical.tsx';

export function Loading() {
  const { t } = useTranslation();
  return (
    <Center mih="40vh" role="status" aria-label={t('state.loading')}>
      <Loader size="sm" color="gray" />
    </Center>
  );
}

/** The placeholder of a list that is loading. */
export function LoadingRows({ rows = 5 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <Stack className="card" p="lg" gap="md" role="status" aria-label={t('state.loading')}>
      {Array.from({ length: rows }, (_, index) => `row-${index}`).map((row) => (
        <Skeleton key={row} h={18} radius="sm" />
      ))}
    </Stack>
  );
}

interface EmptyProps {
  readonly title: string;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
}

/** An empty list: what it will contain, and how to start. */
export function Empty({ title, children, action }: EmptyProps) {
  return (
    <Center className="card" px="lg" py={56}>
      <Stack align="center" gap="xs" maw={440} ta="center">
        <Title order={2}>{title}</Title>
        <Text c="dimmed" fz="sm">
          {children}
        </Text>
        {action && <Box mt="sm">{action}</Box>}
      </Stack>
    </Center>
  );
}

/** A function that describes an error: what failed, and what the person can do about it. */
export function useErrorText() {
  const { t } = useTranslation();
  const failureText = useFailureText();
  return (error: Error): FailureText => {
    if (!(error instanceof ApiError))
      return { title: t('error.internal'), detail: '', todo: undefined, technical: undefined };
    if (error.code === 'unreachable')
      return {
        title: t('error.unreachable'),
        detail: t('error.unreachable.detail'),
        todo: undefined,
        technical: undefined,
      };
    return failureText(error);
  };
}

/** A function that describes an error in one line, for a field. */
export function useErrorLine() {
  const { t } = useTranslation();
  const explain = useErrorText();
  return (error: Error | null | undefined): string | undefined => {
    if (!error) return undefined;
    const { title, detail } = explain(error);
    return [title, detail].filter(Boolean).join(t('list.colon'));
  };
}

export function Failure({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const { t } = useTranslation();
  const { title, detail, todo, technical } = useErrorText()(error);
  const refused = error instanceof ApiError && ['not_permitted', 'not_found'].includes(error.code);
  const requestId = error instanceof ApiError && error.code === 'internal' ? error.requestId : null;
  return (
    <Note title={title}>
      {detail && <Text fz="sm">{detail}</Text>}
      {todo && (
        <Text fz="sm" c="dimmed" mt={4}>
          {todo}
        </Text>
      )}
      <Technical text={technical} />
      {requestId && (
        <Text fz="sm" c="dimmed" mt={4}>
          {t('error.requestId')} <Code>{requestId}</Code>
        </Text>
      )}
      {onRetry && !refused && (
        <Button size="xs" variant="default" mt="sm" onClick={onRetry}>
          {t('state.retry')}
        </Button>
      )}
    </Note>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Center mih="60vh" component="main">
      <Stack align="center" gap="xs">
        <Title order={1}>{t('state.notFound')}</Title>
        <Text c="dimmed">{t('state.notFound.detail')}</Text>
        <Group mt="sm">
          <Button variant="default" renderRoot={(props) => <Link to="/" {...props} />}>
            {t('nav.overview')}
          </Button>
        </Group>
      </Stack>
    </Center>
  );
}
