/** The texts of the registry of providers, which the service sends in English, in the language of the reader. */
import { useTranslation } from '../i18n/provider.tsx';

export function useProviderText(): (text: string) => string {
  const { translate } = useTranslation();
  return (text) => translate({ message: text, sentence: { template: text, values: [] } });
}
