/** The head of a page: title, way back, actions. */
import { Anchor, Box, Group, Stack, Text, Title } from '@mantine/core';
import { Link, type LinkProps } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { BackIcon } from './icons.tsx';

interface PageLayoutProps {
  readonly title: string;
  readonly lead?: ReactNode;
  /** The parent page. */
  readonly back?: { readonly to: LinkProps['to']; readonly label: string };
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** Whether no page has been shown yet. The first page leaves the focus to the browser. */
let isFirst = true;

export function PageLayout({ title, lead, back, actions, children }: PageLayoutProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Lineup`;
  }, [title]);
  // Screen readers read the title when the page changes.
  useEffect(() => {
    if (!isFirst) heading.current?.focus();
    isFirst = false;
  }, []);
  return (
    <Stack gap="lg" pb="xl">
      <Box>
        {back && (
          <Anchor c="dimmed" fz="sm" renderRoot={(props) => <Link to={back.to} {...props} />}>
            <Group gap={4} mb={6} component="span">
              <BackIcon size={14} />
              {back.label}
            </Group>
          </Anchor>
        )}
        <Group justify="space-between" align="flex-start" gap="md">
          <Box style={{ flex: '1 1 260px', minWidth: 0 }}>
            <Title order={1} ref={heading} tabIndex={-1} style={{ overflowWrap: 'anywhere' }}>
              {title}
            </Title>
            {lead && (
              <Text c="dimmed" fz="sm" mt={4} component="div">
                {lead}
              </Text>
            )}
          </Box>
          {actions && <Group gap="xs">{actions}</Group>}
        </Group>
      </Box>
      {children}
    </Stack>
  );
}

/** A part of a page under a heading. */
export function Section({
  title,
  help,
  aside,
  children,
}: {
  title: string;
  /** A help button right after the title. */
  help?: ReactNode;
  aside?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Stack gap="sm" component="section">
      <Group justify="space-between" gap="xs">
        <Group gap={8}>
          <Title order={2}>{title}</Title>
          {help}
        </Group>
        {aside}
      </Group>
      {children}
    </Stack>
  );
}
