/**
 * The systems that Lineup has credentials for, as data: what an entry of the registry says. Its texts are marked by
 * `issueText` for translation; the clients of the API translate them.
 */
import type { z } from 'zod';
import type { jobTypes } from '../../domain/destinations/index.ts';
import type { DestinationTraits } from '../../domain/destinations/traits.ts';
import type { WatchedKind } from '../watched.ts';

/** One field of a method's configuration, in the order of its form. */
export interface ConfigurationField {
  readonly key: string;
  readonly label: string;
  /** What to enter, where the label does not say it. */
  readonly hint?: string;
  /** Whether the form hides the input. Every value is stored encrypted and never returned. */
  readonly secret: boolean;
  readonly required: boolean;
  /** Whether the value has several lines. */
  readonly multiline?: boolean;
  /** The environment variable with this value, for the command line. */
  readonly variable?: string;
  /** Another name that its users know. It is read when `variable` is not set. */
  readonly secondVariable?: string;
  /** Whether platforms set the variables by themselves, so that they do not show that anybody uses the provider. */
  readonly ambient?: boolean;
}

export interface Method {
  readonly id: string;
  readonly label: string;
  /** Where to find its values, and which rights they need. */
  readonly help: string;
  /** The way to its values in the other system, one step after another. Missing: the help says it. */
  readonly steps?: readonly string[];
  readonly fields: readonly ConfigurationField[];
  /** Of a source: the field of the form that a problem of the connection is shown at. */
  readonly connectionField?: string;
  /** After it is saved, a person consents in the browser. Only of destinations whose `TokenRules` have `consent`. */
  readonly consent?: {
    /** The field that no form shows: its value is chosen from a list of accounts, with the consent. */
    readonly chooses?: string;
  };
  /** The schema of the whole configuration. */
  readonly configuration: z.ZodType<Record<string, string>>;
}

/** What a source offers beside the list of its audiences. */
export interface SourceTraits {
  /** What a person may enter instead of choosing an audience from the list. */
  readonly written: 'query' | 'path' | null;
  /** Whether its audiences are files, so that a person may choose how they are read. */
  readonly files: boolean;
  /** Whether the source itself can judge and hash the values, so that no identifier leaves it. */
  readonly hashes: boolean;
  /** What a job can wait for in it. @default nothing */
  readonly watches?: readonly WatchedKind[];
}

export interface Provider {
  readonly id: string;
  readonly label: string;
  /** What Lineup does with it. */
  readonly about: string;
  /** Whether members go to the provider or come from it. */
  readonly role: 'destination' | 'source';
  readonly methods: readonly Method[];
  readonly jobTypes: readonly { readonly id: (typeof jobTypes)[number]; readonly label: string }[];
  /** Only of destinations. */
  readonly destination?: DestinationTraits;
  /** What a person should know of the audiences of the destination before something is sent. Missing: nothing. */
  readonly notes?: readonly string[];
  /** Only of sources. */
  readonly source?: SourceTraits;
}
