/** The pages that a person sees at the consent. */
import type { Person } from './accounts.ts';

const escaped = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Asks who signs in, and whether the application may use the accounts. @param given the query of the address */
export function consentPage(given: Readonly<Record<string, string>>, people: readonly Person[]): string {
  const hidden = Object.entries(given).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  const choices = people.map(
    ({ businessId, name }, index) =>
      `<label><input type="radio" name="business_id" value="${escaped(businessId)}"${index === 0 ? ' checked' : ''}> ` +
      `${escaped(name)} (${escaped(businessId)})</label>`,
  );
  return document(
    'Simulated consent',
    `<p>The application <b>${escaped(given.client_id ?? '')}</b> asks to use your accounts of LY Ads.</p>
<form method="post" action="consent">
${hidden.join('\n')}
<fieldset><legend>Sign in as</legend>
${choices.join('\n')}
</fieldset>
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button>
</form>`,
  );
}

/** @param code shown to be copied */
export function messagePage(title: string, message: string, code?: string): string {
  const shown = code === undefined ? '' : `\n<p><code>${escaped(code)}</code></p>`;
  return document(title, `<p>${escaped(message)}</p>${shown}`);
}

const document = (title: string, content: string): string => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<style>body{font:16px/1.5 system-ui;max-width:34rem;margin:3rem auto;padding:0 1rem}label{display:block}
fieldset{margin-bottom:1rem}code{font-size:1.1rem;user-select:all}</style></head>
<body>
<h1>${title}</h1>
${content}
<p>This is a simulator. Nothing here reaches LY.</p>
</body>
</html>
`;
