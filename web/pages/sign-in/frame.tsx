/** The one card in the middle of a page for coming in. */
import { Center, Group, Stack, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import { Preferences } from '../../components/preferences.tsx';

export function SignInFrame({ title, lead, children }: { title: string; lead?: string; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Lineup`;
  }, [title]);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Stack w="100%" maw={380} gap="lg">
        <Group justify="space-between">
          <Group gap={9}>
            <img src="/favicon.svg" width={28} height={28} alt="" />
            <Text fw={680} fz={19} lts={-0.2}>
              Lineup
            </Text>
          </Group>
          <Preferences />
        </Group>
        <Stack className="card" p={{ base: 'lg', sm: 'xl' }} gap="md">
          <div>
            <Title order={1} fz={20}>
              {title}
            </Title>
            {lead && (
              <Text fz="sm" c="dimmed" mt={4}>
                {lead}
              </Text>
            )}
          </div>
          {children}
        </Stack>
      </Stack>
    </Center>
  );
}
