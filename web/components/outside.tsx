/** Links to pages that are not ours. They open beside the app. */
import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from '../i18n/provider.tsx';

export const Outside = ({ href, children }: { href: string; children: ReactNode }) => (
  <Anchor href={href} target="_blank" rel="noopener noreferrer" fz="sm">
    {children}
  </Anchor>
);

/** Where LINE itself shows an audience of LINE Ads. There is no address for a single audience. */
export const AdsManager = () => {
  const { t } = useTranslation();
  return <Outside href="https://ads.line.me/">{t('authorization.help.manager')}</Outside>;
};
