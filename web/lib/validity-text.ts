/** The browser's messages about empty and invalid fields, in the language of the app instead of the browser's. */
import { useEffect } from 'react';
import { useTranslation } from '../i18n/provider.tsx';

type Field = HTMLInputElement | HTMLTextAreaElement;

const isField = (target: EventTarget | null): target is Field =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;

/** Called once, for the whole app. */
export function useValidityMessages(): void {
  const { t } = useTranslation();
  useEffect(() => {
    const messageFor = ({ validity, minLength }: Field): string => {
      if (validity.valueMissing) return t('form.required');
      if (validity.tooShort) return t('signIn.newPassword.hint', { count: minLength });
      if (validity.typeMismatch) return t('form.email.wrong');
      if (validity.patternMismatch) return t('form.adaccount_id.wrong');
      return '';
    };
    const setMessage = ({ target }: Event) => {
      if (isField(target)) target.setCustomValidity(messageFor(target));
    };
    const clearMessage = ({ target }: Event) => {
      if (isField(target)) target.setCustomValidity('');
    };
    // Each attempt to submit validates again. Enter in a field clicks the button too.
    const clearMessages = ({ target }: Event) => {
      const button = target instanceof Element ? target.closest<HTMLButtonElement>('button[type="submit"]') : null;
      for (const field of button?.form?.elements ?? []) if (isField(field)) field.setCustomValidity('');
    };
    const stop = new AbortController();
    const options = { capture: true, signal: stop.signal };
    document.addEventListener('invalid', setMessage, options);
    document.addEventListener('input', clearMessage, options);
    document.addEventListener('click', clearMessages, options);
    return () => stop.abort();
  }, [t]);
}
