/** The choice of language and of light or dark colours. */
import { ActionIcon, Group, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import type { Language } from '../i18n/messages.ts';
import { languages, useTranslation } from '../i18n/provider.tsx';
import { GlobeIcon, MoonIcon, SunIcon } from './icons.tsx';
import { LaterMenu } from './later-menu.tsx';

export function Preferences() {
  const { t, language, setLanguage } = useTranslation();
  const scheme = useComputedColorScheme('light');
  const { setColorScheme } = useMantineColorScheme();
  return (
    <Group gap={4} wrap="nowrap">
      <LaterMenu
        position="top-end"
        items={(Object.entries(languages) as [Language, string][]).map(([code, name]) => ({
          key: code,
          label: name,
          lang: code,
          current: code === language,
          onClick: () => setLanguage(code),
        }))}
        button={(props) => (
          <ActionIcon variant="subtle" color="gray" aria-label={t('nav.language')} {...props}>
            <GlobeIcon />
          </ActionIcon>
        )}
      />
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={t(scheme === 'dark' ? 'nav.light' : 'nav.dark')}
        onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}
      >
        {scheme === 'dark' ? <SunIcon /> : <MoonIcon />}
      </ActionIcon>
    </Group>
  );
}
