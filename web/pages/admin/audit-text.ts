/**
 * Describes the entries of the audit log in the reader's language. An entry without a text is shown as it was recorded.
 */
import { useQuery } from '@tanstack/react-query';
import type { ShownAuditEntry } from '../../../src/contracts/audit.ts';
import { authorizationsQuery } from '../../api/authorizations.ts';
import { suppressionListsQuery } from '../../api/suppression-lists.ts';
import { languages, useTranslation } from '../../i18n/provider.tsx';

type Entry = Pick<ShownAuditEntry, 'action' | 'detail' | 'subject_name'>;

/** Actions of signing in. Their text is about the person. */
const ofPeople: Readonly<Record<string, readonly [subject: string, verb: string]>> = {
  'session.create': ['user', 'sign_in'],
  'session.delete': ['user', 'sign_out'],
  'session.refused': ['user', 'sign_in_refused'],
  'password.refused': ['user', 'password_refused'],
  'link.refused': ['user', 'link_refused'],
};

export function useAuditText() {
  const { t, tIfKnown, format } = useTranslation();
  const authorizations = useQuery(authorizationsQuery);
  const lists = useQuery(suppressionListsQuery);

  /** What was done with which subject. */
  const actionText = ({ action }: Entry): string => {
    const [subject = '', verb = ''] = ofPeople[action] ?? action.split('.');
    return [
      tIfKnown(`audit.subject.${subject}`, subject),
      tIfKnown(`audit.verb.${verb}`, tIfKnown(`log.action.${verb}`, verb)),
    ].join(' · ');
  };

  const labels: Readonly<Record<string, string>> = {
    adaccount_id: t('form.adaccount_id.plain'),
    applies_to: t('suppression.applies_to'),
    approved: t('audit.approved'),
    alerts: t('alerts.rules'),
    audit_days: t('settings.retention.audit_days'),
    authorization_id: t('authorization.title'),
    authorizations: t('nav.authorizations'),
    because: t('audit.because'),
    bytes: t('chunk.size'),
    changed: t('audit.changed'),
    channels: t('nav.notifications'),
    configuration: t('job.configuration'),
    description: t('form.description'),
    disabled: t('users.disabled'),
    events: t('channel.events'),
    failures: t('audit.failures'),
    fields: t('suppression.fields'),
    group: t('audit.group'),
    health: t('jobs.status'),
    internal_hosts: t('settings.network'),
    keys: t('audit.subject.secrets'),
    kind: t('channel.kind'),
    label: t('form.name'),
    language: t('settings.appearance.language'),
    moved: t('channel.move'),
    name: t('users.name'),
    revision: t('audit.revision'),
    role: t('users.role'),
    roots: t('settings.files.roots'),
    run: t('run.title'),
    runs_days: t('settings.retention.runs_days'),
    sessions: t('audit.sessions'),
    single_sign_on: t('audit.single_sign_on'),
    source_authorization_id: t('form.source'),
    time_zone: t('settings.appearance.timeZone'),
    url_roots: t('settings.files.urls'),
  };
  const authorizationName = (id: string) =>
    authorizations.data?.find((authorization) => authorization.id === id)?.label ?? id;
  /** A setting of a job has the same name as in the form. */
  const labelOf = (key: string): string => {
    const own = key.replace(/^configuration\./, '');
    // The field of an identifier type, or the size of a list for it.
    const type = own.replace(/^fields\./, '');
    const known = tIfKnown(`identifier.${type}`, tIfKnown(`alerts.rule.${own}`, own));
    return labels[own] ?? tIfKnown(`form.${own}`, known);
  };
  const listName = (id: string) => lists.data?.find((list) => list.id === id)?.name ?? id;
  const values: Readonly<Record<string, (value: string) => string>> = {
    applies_to: (jobs) => tIfKnown(`suppression.applies_to.${jobs}`, jobs),
    // The sizes of an audience, and the codes of the reasons.
    approved: (text) =>
      text.replace(/, ([a-z_]+)/g, (_, code: string) => t('list.comma') + tIfKnown(`error.${code}`, code)),
    because: (reason) => tIfKnown(`audit.because.${reason}`, reason),
    suppression_lists: listName,
    authorization_id: authorizationName,
    source_authorization_id: authorizationName,
    changed: labelOf,
    events: (event) => tIfKnown(`event.${event}`, event),
    health: (health) => tIfKnown(`health.${health}`, health),
    kind: (kind) => tIfKnown(`channel.kind.${kind}`, kind),
    language: (code) => languages[code as keyof typeof languages] ?? code,
    role: (role) => tIfKnown(`role.${role}`, role),
  };

  const textOf = (key: string, value: unknown): string => {
    if (value === null || value === '') return '–';
    if (Array.isArray(value))
      return value.length === 0 ? '–' : value.map((item) => textOf(key, item)).join(t('list.comma'));
    if (typeof value === 'boolean') return t(value ? 'form.yes' : 'form.no');
    if (typeof value === 'number') return key === 'bytes' ? format.bytes(value) : format.number(value);
    if (typeof value === 'string') return values[key]?.(value) ?? value;
    const { url } = value as { url?: unknown };
    return typeof url === 'string' ? url : JSON.stringify(value);
  };

  /** The values that changed, old and new. */
  const changes = (value: unknown): readonly string[] =>
    Object.entries((value ?? {}) as Readonly<Record<string, readonly [unknown, unknown]>>).map(
      ([key, [before, after]]) => {
        const own = key.replace(/^configuration\./, '');
        return `${labelOf(key)}${t('list.colon')}${textOf(own, before)} → ${textOf(own, after)}`;
      },
    );

  /**
   * The changes and all other details, with their names. The name of the subject is left out, because it is already in
   * the row.
   */
  const detail = ({ detail: facts, subject_name }: Entry): readonly string[] =>
    Object.entries(facts).flatMap(([key, value]) => {
      if (key === 'changes') return changes(value);
      if ((key === 'name' || key === 'label') && typeof value === 'string')
        return value === subject_name ? [] : [value];
      return [`${labelOf(key)}${t('list.colon')}${textOf(key, value)}`];
    });

  return { what: actionText, detail };
}
