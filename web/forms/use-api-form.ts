/**
 * A form whose values go to an endpoint: it keeps the endpoint's rules, and shows the errors of the answer at their
 * fields.
 */
import { useForm } from '@mantine/form';
import { createElement, type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { LocalizedText, Sentence } from '../../src/domain/text/sentence.ts';
import type { Endpoints } from '../../src/endpoints/index.ts';
import { ApiError, type BodyOf } from '../api/client.ts';
import { Translated } from '../i18n/provider.tsx';
import { attributesOf, findProblems, type RulesFor } from './rule.ts';

/** Keys of a request's body, joined with dots. */
type PathOf<Body> = Body extends readonly unknown[]
  ? never
  : Body extends object
    ? { [Key in keyof Body & string]: Key | `${Key}.${PathOf<NonNullable<Body[Key]>>}` }[keyof Body & string]
    : never;

interface ApiFormOptions<Endpoint extends keyof Endpoints, Values, Body> {
  readonly rules: RulesFor<Endpoint>;
  /** Their paths are those of the request; a value may differ where a person types it in another form. */
  readonly initialValues: Values;
  /** What is sent. It is also what the rules look at. */
  readonly body: (values: Values) => Body;
  /** What is wrong beyond the rules of the endpoint, by path. @param broken the rules that the values break, by path */
  readonly check?: (values: Values, broken: Readonly<Record<string, Sentence>>) => Readonly<Record<string, ReactNode>>;
  /** The mutation that sends it. */
  readonly save: { readonly error: Error | null; readonly reset?: () => void };
  /**
   * For a long form: what is wrong with a field is shown as soon as the field is changed or left, and what the server
   * said disappears with the next change.
   * @default false: what is wrong is shown when the form is sent
   */
  readonly isLive?: boolean;
}

export function useApiForm<
  Endpoint extends keyof Endpoints,
  Values extends object,
  Body extends Partial<BodyOf<Endpoint>>,
>({ rules, initialValues, body, check, save, isLive = false }: ApiFormOptions<Endpoint, Values, Body>) {
  const element = useRef<HTMLFormElement>(null);
  const problemsOf = (values: Values): Readonly<Record<string, ReactNode>> => {
    const broken = findProblems(rules, body(values));
    const texts = Object.entries(broken).map(([path, sentence]) => ({ path, sentence, message: '' }));
    const shown = isLive ? atPaths(texts) : atFields(element.current, texts).errors;
    return { ...shown, ...check?.(values, broken) };
  };
  const form = useForm<Values, Body>({
    initialValues,
    transformValues: body,
    validate: problemsOf,
    onValuesChange: () => {
      if (!isLive) return;
      setErrors({});
      // A request that is on its way stays known, because nobody may send it twice.
      if (save.error) save.reset?.();
    },
    enhanceGetInputProps: ({ inputProps, field }) => {
      if (!isLive) return;
      const path = String(field);
      // Mantine writes what is returned into `inputProps`.
      const { onChange } = inputProps;
      return {
        error: errors[path],
        onBlur: () => visit(path),
        onChange: (given: unknown) => {
          onChange(given);
          visit(path);
        },
      };
    },
  });
  const { setErrors } = form;
  const { visited, visit, visitAll, moveVisited } = useVisited();
  const problems = isLive ? problemsOf(form.values) : {};
  const errors: Readonly<Record<string, ReactNode>> = {
    ...form.errors,
    ...Object.fromEntries(Object.entries(problems).filter(([path]) => visited === 'all' || visited.has(path))),
  };
  const [whole, setWhole] = useState<Error | null>(null);
  const { error } = save;
  useEffect(() => {
    if (error === null) return;
    const fields = error instanceof ApiError ? error.fields : [];
    const { errors: refused, isComplete } = atFields(element.current, fields);
    setErrors(refused);
    setWhole(fields.length > 0 && isComplete ? null : error);
    focusFirstWrong(element.current);
  }, [error, setErrors]);

  return {
    ...form,
    errors,
    /** Of a live form: whether nothing is known to be wrong, shown or not. */
    hasNoProblem: Object.keys(problems).length === 0,
    /** Of a live form: from now on, what is wrong with this field is shown. */
    visit,
    /** Of a live form: the fields whose problems are shown have other paths from now on. */
    moveVisited,
    /** The failure of the whole: it says more than the fields show. */
    failure: whole === error ? whole : null,
    /** A text field, with what the browser itself checks of it. */
    field: (path: PathOf<BodyOf<Endpoint>>) => ({
      ...form.getInputProps(path),
      ...attributesOf(rules, path),
    }),
    /** A field for a number. */
    number: (path: PathOf<BodyOf<Endpoint>>) => {
      const { min = [0], max = [Number.MAX_SAFE_INTEGER] } = rules[path] ?? {};
      return {
        ...form.getInputProps(path),
        value: form.getInputProps(path).value as number,
        min: min[0],
        max: max[0],
      };
    },
    /** What is wrong stops it, and the first wrong field gets the focus. */
    onSubmit: (send: (body: Body) => void) => (event: FormEvent<HTMLFormElement>) => {
      const { currentTarget } = event;
      element.current = currentTarget;
      visitAll();
      form.onSubmit(send, () => {
        // A live form shows its problems as they are now, not as they were when it was sent.
        if (isLive) setErrors({});
        focusFirstWrong(currentTarget);
      })(event);
    },
  };
}

/** After the errors are there to be found. */
const focusFirstWrong = (form: HTMLFormElement | null): void => {
  setTimeout(() => form?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
};

/** The fields of a live form that a person has changed or left. Sending the form visits all of them. */
function useVisited() {
  const [visited, setVisited] = useState<ReadonlySet<string> | 'all'>(new Set<string>());
  return {
    visited,
    visit: (path: string) =>
      setVisited((before) => (before === 'all' || before.has(path) ? before : new Set(before).add(path))),
    visitAll: () => setVisited('all'),
    moveVisited: (move: (paths: ReadonlySet<string>) => ReadonlySet<string>) =>
      setVisited((before) => (before === 'all' ? before : move(before))),
  };
}

/** A text of the server, in the reader's language. */
const textOf = (text: LocalizedText): ReactNode => createElement(Translated, { text });

/** A sentence of the rules, in the reader's language. */
export const sentenceOf = (sentence: Sentence): ReactNode => textOf({ message: '', sentence });

type ErrorOfField = LocalizedText & { readonly path: string };

const atPaths = (fields: readonly ErrorOfField[]): Record<string, ReactNode> =>
  Object.fromEntries(fields.map(({ path, ...text }) => [path, textOf(text)]));

/** Errors at the fields that the form shows now: that of an item is shown at its list. */
function atFields(
  form: HTMLFormElement | null,
  fields: readonly ErrorOfField[],
): { readonly errors: Record<string, ReactNode>; readonly isComplete: boolean } {
  const errors: Record<string, ReactNode> = {};
  let isComplete = true;
  for (const { path, message, sentence } of fields) {
    const shown = prefixesOf(path).find((prefix) => form?.querySelector(`[data-path="${CSS.escape(prefix)}"]`));
    if (shown === undefined) isComplete = false;
    else errors[shown] ??= textOf({ message, sentence });
  }
  return { errors, isComplete };
}

/** `a.b.c`, then `a.b`, then `a`. */
const prefixesOf = (path: string): string[] =>
  path.split('.').map((_, index, keys) => keys.slice(0, keys.length - index).join('.'));
