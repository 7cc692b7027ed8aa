// The package describes its classes, but not the files they are in.
declare module 'undici/lib/dispatcher/agent.js' {
  export { Agent as default } from 'undici';
}
