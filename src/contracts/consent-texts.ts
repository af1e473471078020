/**
 * What the page says of a consent. They are sentences of the server, so that only who needs them loads their
 * translations.
 */
import { issueText } from '../domain/text/sentence.ts';

interface OutcomeText {
  readonly title: string;
  readonly detail: string;
}

/**
 * How an attempt ended without a connection, for the page that the browser is sent to. `identity`: another person than
 * before has consented at the destination.
 */
export const outcomeTexts = {
  denied: {
    title: issueText`Not connected: nobody has consented`,
    detail: issueText`The consent was refused on its page. Connect again to consent.`,
  },
  expired: {
    title: issueText`Not connected: it took too long`,
    detail: issueText`A consent works once, within half an hour, and only the newest one counts. Connect again.`,
  },
  other_person: {
    title: issueText`Not connected: somebody else has begun this`,
    detail: issueText`Only the person who has chosen “Connect” can finish it, with the same account of Lineup. Do not consent through a link that somebody sent you.`,
  },
  signed_out: {
    title: issueText`Not connected: you were signed out`,
    detail: issueText`Your session had ended before you came back. Connect again.`,
  },
  changed: {
    title: issueText`Not connected: the authorization has changed`,
    detail: issueText`Somebody changed it while you were away. Check it, then connect again.`,
  },
  identity: {
    title: issueText`Not connected: it was another Business ID than before`,
    detail: issueText`Nothing was changed. With another Business ID, jobs may reach other accounts. If you want that, connect with it and then check the base account.`,
  },
  refused: {
    title: issueText`Not connected: the consent was not accepted`,
    detail: issueText`Check the client ID, the client secret, and that the redirect URI below is registered for the application. Then connect again.`,
  },
  unreachable: {
    title: issueText`Not connected: there was no answer`,
    detail: issueText`Nobody answered in time, or there is a problem at the other end. Connect again in a few minutes.`,
  },
} as const satisfies Readonly<Record<string, OutcomeText>>;

export type FailedConsent = keyof typeof outcomeTexts;
export type ConsentOutcome = 'connected' | FailedConsent;

export const connectionTexts = {
  first: issueText`A person with a Business ID connects this authorization: they sign in, and consent that Lineup uses their accounts.`,
  again: issueText`If it is no longer accepted, connect it again. Jobs that wait for it go on by themselves after that.`,
  keep: issueText`Sign in with this Business ID now and then. If it is suspended because nobody uses it, its access ends, and somebody must connect again.`,
  redirectUri: issueText`Redirect URI, to register for the application:`,
  byCode: issueText`Use a code instead`,
  replace: issueText`Connect with another Business ID`,
  codeTitle: issueText`Connect with a code`,
  codeOpen: issueText`Open the consent page`,
  codeDetail: issueText`Sign in there with a Business ID that may use your ad accounts, and consent. Then copy the code that the page shows, and enter it here.`,
  codeRefused: issueText`The code was not accepted`,
  code: issueText`Code`,
  choose: issueText`Choose base account`,
  chooseAnother: issueText`Change base account`,
  chooseDetail: issueText`Jobs reach their ad accounts through the base account. It is an account that manages others, or the ad account itself.`,
  chooseNone: issueText`This Business ID can use no account.`,
  manager: issueText`manages others`,
  connected: issueText`Connected`,
  notConnected: issueText`Not connected`,
  by: issueText`Connected by`,
  identity: issueText`Business ID`,
  refreshed: issueText`Access renewed`,
  account: issueText`Base account`,
  noAccount: issueText`Not chosen yet`,
  connectAgain: issueText`Connect again`,
  connect: issueText`Connect`,
  disconnect: issueText`Disconnect`,
  disconnectTitle: issueText`Disconnect this authorization?`,
  disconnectDetail: issueText`Lineup forgets the consent and its access. Nothing changes at the other end: the owner of the Business ID can end the consent there.`,
  disconnectJobs: issueText`These jobs then wait until somebody connects it again. Their audience lists lose members by age meanwhile:`,
  disconnectNoJobs: issueText`No job uses this authorization.`,
  title: issueText`Connection`,
} as const;
