/** The way to the provider of single sign-on. */
import { z } from 'zod';
import { issueText } from '../domain/text/sentence.ts';
import { MAX_URL } from '../domain/values/bounds.ts';
import { endpoint, ok } from './endpoint.ts';

/** A path of the web app, not a URL of another site. */
const returnTo = z
  .string()
  .max(MAX_URL)
  .regex(/^\/(?![/\\])[^\\]*$/, issueText`Enter a path of the web app.`)
  .default('/');

/** Only where a single sign-on provider is configured. */
export const singleSignOnEndpoints = {
  'POST /session/single-sign-on': endpoint({
    tag: 'Sign-in',
    access: 'public',
    operationId: 'beginSingleSignOn',
    summary: 'Start single sign-on; open the returned URL in the browser',
    body: z.strictObject({ return_to: returnTo }),
    response: ok(z.object({ url: z.string() })),
  }),
};
