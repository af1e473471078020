/** What a language needs later (vite-plugin.ts). */
declare module '*/web.json?later' {
  import type { CompiledMessage } from '../../src/i18n/translator.ts';

  type Messages = Readonly<Record<string, CompiledMessage>>;
  const later: { readonly messages: Messages; readonly sentences: Messages };
  export default later;
}
