/** What only few jobs show of what they wait for. It is loaded when one does. */
export { Looks } from './looks.tsx';
export { Webhook } from './webhook.tsx';
