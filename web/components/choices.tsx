/** One step of a wizard: a list of links, so that each choice has its address. */
import { Stack, Text } from '@mantine/core';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';

interface Choice {
  readonly key: string;
  readonly title: string;
  readonly detail?: ReactNode;
  readonly to: LinkProps;
}

export function Choices({ label, choices }: { label: string; choices: readonly Choice[] }) {
  return (
    <Stack gap="sm" component="section" aria-label={label} maw={640}>
      <Text component="h2" fz={17} fw={650} m={0}>
        {label}
      </Text>
      {choices.map(({ key, title, detail, to }) => (
        <Link key={key} {...to} className="choice">
          <Text fw={600} component="span" display="block">
            {title}
          </Text>
          {detail && (
            <Text fz="sm" c="dimmed" component="span" display="block" mt={2}>
              {detail}
            </Text>
          )}
        </Link>
      ))}
    </Stack>
  );
}
