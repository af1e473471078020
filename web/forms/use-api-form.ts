/** A form whose values go to an endpoint: it keeps the endpoint's rules, and shows the errors of the answer at their fields. */
import { useForm } from '@mantine/form';
import { createElement, type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { LocalizedText } from '../../src/contracts/sentence.ts';
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
  /** What is wrong beyond the rules of the endpoint, by path. */
  readonly check?: (values: Values) => Readonly<Record<string, ReactNode>>;
  /** The mutation that sends it. */
  readonly save: { readonly error: Error | null };
}

export function useApiForm<
  Endpoint extends keyof Endpoints,
  Values extends object,
  Body extends Partial<BodyOf<Endpoint>>,
>({ rules, initialValues, body, check, save: { error } }: ApiFormOptions<Endpoint, Values, Body>) {
  const element = useRef<HTMLFormElement>(null);
  const form = useForm<Values, Body>({
    initialValues,
    transformValues: body,
    validate: (values) => {
      const problems = Object.entries(findProblems(rules, body(values)));
      return {
        ...atFields(
          element.current,
          problems.map(([path, sentence]) => ({ path, sentence, message: '' })),
        ).errors,
        ...check?.(values),
      };
    },
  });
  const [whole, setWhole] = useState<Error | null>(null);
  const { setErrors } = form;
  useEffect(() => {
    if (error === null) return;
    const fields = error instanceof ApiError ? error.fields : [];
    const { errors, isComplete } = atFields(element.current, fields);
    setErrors(errors);
    setWhole(fields.length > 0 && isComplete ? null : error);
  }, [error, setErrors]);

  return {
    ...form,
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
      form.onSubmit(send, () =>
        // After the errors are there to be found.
        setTimeout(() => currentTarget.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()),
      )(event);
    },
  };
}

/** Errors at the fields that the form shows now: that of an item is shown at its list. */
function atFields(
  form: HTMLFormElement | null,
  fields: readonly (LocalizedText & { readonly path: string })[],
): { readonly errors: Record<string, ReactNode>; readonly isComplete: boolean } {
  const errors: Record<string, ReactNode> = {};
  let isComplete = true;
  for (const { path, message, sentence } of fields) {
    const shown = prefixesOf(path).find((one) => form?.querySelector(`[data-path="${CSS.escape(one)}"]`));
    if (shown === undefined) isComplete = false;
    else errors[shown] ??= createElement(Translated, { text: { message, sentence } });
  }
  return { errors, isComplete };
}

/** `a.b.c`, then `a.b`, then `a`. */
const prefixesOf = (path: string): string[] =>
  path.split('.').map((_, index, keys) => keys.slice(0, keys.length - index).join('.'));
