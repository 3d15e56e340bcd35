import { functions } from './functions.mjs'

export default () => functions(true)
