/** What the browser says of a field that is empty or wrong, in the language of the app rather than the browser's own. */
import { useEffect } from 'react';
import { useTranslation } from '../i18n/provider.tsx';

type Field = HTMLInputElement | HTMLTextAreaElement;

const isField = (target: EventTarget | null): target is Field =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;

/** For the whole app, once. */
export function useValidityWords(): void {
  const { t } = useTranslation();
  useEffect(() => {
    const wordsFor = ({ validity, minLength }: Field): string => {
      if (validity.valueMissing) return t('form.required');
      if (validity.tooShort) return t('signIn.newPassword.hint', { count: minLength });
      if (validity.typeMismatch) return t('form.email.wrong');
      if (validity.patternMismatch) return t('form.adaccount_id.wrong');
      return '';
    };
    const tell = ({ target }: Event) => {
      if (isField(target)) target.setCustomValidity(wordsFor(target));
    };
    const forget = ({ target }: Event) => {
      if (isField(target)) target.setCustomValidity('');
    };
    // Each attempt looks anew; Enter in a field clicks the button, too.
    const lookAnew = ({ target }: Event) => {
      const button =
        target instanceof Element ? target.closest<HTMLButtonElement>('button[type="submit"]') : null;
      for (const field of button?.form?.elements ?? []) if (isField(field)) field.setCustomValidity('');
    };
    const stop = new AbortController();
    const options = { capture: true, signal: stop.signal };
    document.addEventListener('invalid', tell, options);
    document.addEventListener('input', forget, options);
    document.addEventListener('click', lookAnew, options);
    return () => stop.abort();
  }, [t]);
}
