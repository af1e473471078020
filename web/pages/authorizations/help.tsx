/** Help beside the form: where to find its values. */
import { List, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { exampleReference } from '../../../src/domain/values/secret-reference.ts';
import type { ProviderView } from '../../api/providers.ts';
import { AdsManager, Outside } from '../../components/outside.tsx';
import { useTranslation } from '../../i18n/provider.tsx';
import { useMe } from '../../lib/me.ts';
import { useProviderText } from '../../lib/provider-text.ts';

/** LINE's own pages, by the reader's language. English has no page of its own country. */
const businessPages: Readonly<Record<string, string>> = {
  ja: 'https://www.linebiz.com/jp/',
  'zh-TW': 'https://tw.linebiz.com/',
  th: 'https://lineforbusiness.com/th/',
  id: 'https://www.linebiz.com/id/',
};

interface AuthorizationHelpProps {
  readonly provider: string;
  readonly method: Pick<ProviderView['methods'][number], 'help' | 'steps'>;
}

export function AuthorizationHelp({ provider, method: { help, steps } }: AuthorizationHelpProps) {
  const { t } = useTranslation();
  const say = useProviderText();
  const { may } = useMe();
  const Own = ownHelp[provider];
  return (
    <Stack component="aside" aria-label={t('authorization.help.title')} gap="sm" className="form-help">
      <Text component="h2" fz={15} fw={650} m={0}>
        {t('authorization.help.title')}
      </Text>
      {Own ? <Own /> : <Paragraph>{say(help)}</Paragraph>}
      {steps.length > 0 && (
        <List type="ordered" fz="sm" c="dimmed" spacing="xs">
          {steps.map((step) => (
            <List.Item key={step}>{say(step)}</List.Item>
          ))}
        </List>
      )}
      {may('settings.write') && (
        <>
          <Heading>{t('authorization.outside')}</Heading>
          <Paragraph>{t('authorization.outside.detail', { example: exampleReference })}</Paragraph>
        </>
      )}
    </Stack>
  );
}

function LineAdsHelp() {
  const { t, language } = useTranslation();
  const business = businessPages[language];
  return (
    <>
      <Heading>{t('authorization.help.keysOf')}</Heading>
      <Paragraph>{t('authorization.help.keys')}</Paragraph>
      {business && <Outside href={business}>{t('authorization.help.business')}</Outside>}
      <Heading>{t('form.adaccount_id')}</Heading>
      <Paragraph>{t('authorization.help.account')}</Paragraph>
      <AdsManager />
    </>
  );
}

/** Where a method needs more than its own text. */
const ownHelp: Readonly<Record<string, () => ReactNode>> = { line_ads: LineAdsHelp };

const Heading = ({ children }: { children: ReactNode }) => (
  <Text component="h3" fz="sm" fw={600} m={0} mt={4}>
    {children}
  </Text>
);

const Paragraph = ({ children }: { children: ReactNode }) => (
  <Text fz="sm" c="dimmed">
    {children}
  </Text>
);
