/** The audience that a saved job has at LINE, and what shall become of it. */
import type { JobConfiguration } from '../../../src/domain/jobs/configuration.ts';
import type { AudienceChoice, ExportValues } from './values.ts';

export interface OwnAudience {
  readonly id: string;
  /** As the job has it; null for one that was chosen by its id. */
  readonly name: string | null;
  /** The authorization with which the job fills it. */
  readonly authorization_id: string;
  readonly adaccount_id: string;
  readonly identifier_type: JobConfiguration['identifier_type'];
  /** Its authorization does not find it at LINE: it was deleted there. */
  readonly isGone: boolean;
}

/** Why a job cannot keep its audience; undefined when it can. */
export function whyNotKept(values: ExportValues, own: OwnAudience): 'gone' | 'account' | 'type' | undefined {
  const { adaccount_id, identifier_type } = values.configuration;
  if (adaccount_id.trim() !== own.adaccount_id) return 'account';
  if (identifier_type !== own.identifier_type) return 'type';
  // Whether another authorization finds it is not known.
  return own.isGone && values.authorization_id === own.authorization_id ? 'gone' : undefined;
}

/** What was chosen, as far as it is possible. */
export const choiceOf = (values: ExportValues, own: OwnAudience): AudienceChoice =>
  values.another_audience === 'keep' && whyNotKept(values, own) ? '' : values.another_audience;

/** The keys of a job that say which audience it fills. */
export function audienceKeys(
  values: ExportValues,
  own: OwnAudience | null,
): Pick<JobConfiguration, 'audience_id' | 'audience_name'> {
  // The template names its audiences.
  if (values.configuration.split.isOn) return { audience_id: null, audience_name: null };
  const chosen = values.configuration.audience_id || null;
  const typed = values.configuration.audience_name.trim() || null;
  switch (own && choiceOf(values, own)) {
    case 'keep': {
      const { id, name } = own as OwnAudience;
      if (values.renamed !== null) return { audience_id: null, audience_name: values.renamed.trim() || null };
      return { audience_id: name === null ? id : null, audience_name: name };
    }
    case 'another':
      return { audience_id: null, audience_name: typed };
    case 'existing':
      return { audience_id: chosen, audience_name: null };
    case '':
      return { audience_id: null, audience_name: null };
    default:
      return { audience_id: chosen, audience_name: chosen ? null : typed };
  }
}

/** The audience at LINE whose members the export replaces; empty for one that is to be made. */
export function filledAudience(values: ExportValues, own: OwnAudience | null): string {
  const choice = own && choiceOf(values, own);
  if (own && choice === 'keep') return own.id;
  return own === null || choice === 'existing' ? values.configuration.audience_id : '';
}

/** The name of the audience that the export fills, as far as it is known. */
export function audienceName(values: ExportValues, own: OwnAudience | null): string {
  const { split } = values.configuration;
  if (split.isOn) return split.name_template.trim();
  const { audience_id, audience_name } = audienceKeys(values, own);
  if (audience_id === null) return audience_name ?? '';
  return (audience_id === values.configuration.audience_id && values.audience_label) || values.name;
}
