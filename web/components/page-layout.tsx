/** The head of a page: its name, where it belongs, what can be done. */
import { Anchor, Box, Group, Stack, Text, Title } from '@mantine/core';
import { Link, type LinkProps } from '@tanstack/react-router';
import { type ReactNode, useEffect, useRef } from 'react';
import { BackIcon } from './icons.tsx';

interface PageLayoutProps {
  readonly title: string;
  readonly lead?: ReactNode;
  /** The page that this one is below. */
  readonly back?: { readonly to: LinkProps['to']; readonly label: string };
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** The first page that is shown leaves the focus to the browser. */
let isFirst = true;

export function PageLayout({ title, lead, back, actions, children }: PageLayoutProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Lineup`;
  }, [title]);
  // Whoever cannot see that another page has come hears its name.
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
  /** Right after the title: what it means. */
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
