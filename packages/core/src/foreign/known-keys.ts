// Shorter than the real keys, because a text may have been cut. Each takes linear time: it fails within a bounded length, or
// consumes what it scans. The formats are those of gitleaks (config/gitleaks.toml) unless another source is named.
const FORMATS = [
  // OpenAI, Anthropic (`sk-ant-`), and those that use the same form (OpenRouter, Langfuse, LiteLLM); `sk-learn` is not a
  // key.
  /sk-(?:[\w-]{20,}|(?=[\w-]{0,64}\d)[\w-]{6,})/,
  // GitHub
  /gh[oprsu]_\w{16,}/,
  /github_pat_\w{16,}/,
  // GitLab
  /gl(?:pat|dt|rt|ptt|cbt|ft|ffct|imt|agent|oas|soat)-[\w.-]{12,}/,
  /GR1348941[\w-]{12,}/,
  // Slack
  /xox[a-z]-[\w-]{8,}/,
  /xoxe\.xox[a-z]-[\w-]{8,}/,
  /xapp-[\w-]{8,}/,
  // AWS, with Bedrock
  /(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}/,
  /ABSK[A-Za-z0-9+/]{32,}/,
  // Google: API key, OAuth client secret and access token (the latter two: Google's documentation of OAuth 2.0)
  /AIza[\w-]{20,}/,
  /GOCSPX-[\w-]{12,}/,
  /ya29\.[\w-]{12,}/,
  // Stripe
  /[rs]k_(?:live|test|prod)_\w{8,}/,
  /whsec_[\w+/]{12,}/,
  // Providers of models and of tools for agents: Groq, xAI, Perplexity, Hugging Face, Replicate, Tavily, LangSmith (for
  // those that gitleaks does not know: the examples in the providers' own documentation)
  /gsk_\w{20,}/,
  /xai-\w{20,}/,
  /pplx-\w{20,}/,
  /(?:hf|api_org)_[A-Za-z0-9]{20,}/,
  /r8_\w{20,}/,
  /tvly-[\w-]{16,}/,
  /lsv2_[a-z]{2}_\w{16,}/,
  // Registries: npm (`npm_config_registry` is a variable), PyPI, RubyGems, Docker
  /npm_[A-Za-z0-9]{20,}/,
  /pypi-[\w-]{20,}/,
  /rubygems_[a-f0-9]{20,}/,
  /dckr_[po]at_[\w-]{12,}/,
  // DigitalOcean, Shopify, Atlassian, Linear, Notion, Vault, Databricks
  /do[opr]_v1_\w{16,}/,
  /shp(?:at|ca|pa|ss)_\w{16,}/,
  /ATATT3[\w=-]{16,}/,
  /lin_(?:api|oauth)_\w{16,}/,
  /ntn_\w{20,}/,
  /hv[bs]\.[\w-]{16,}/,
  /dapi[a-f0-9]{32}/,
  // Sentry, Grafana, Postman, Pulumi, Figma, Tailscale, Supabase, PlanetScale, Heroku
  /sntry[su]_[\w+/=]{20,}/,
  /gl(?:sa|c)_[\w+/=]{20,}/,
  /PMAK-[\w-]{20,}/,
  /pul-[a-f0-9]{20,}/,
  /figd_[\w-]{16,}/,
  /tskey-[\w-]{12,}/,
  /(?:sbp|sb_secret)_\w{12,}/,
  /pscale_(?:tkn|oauth|pw)_[\w.=-]{16,}/,
  /HRKU-[\w-]{16,}/,
  // Twilio, Mailgun, SendGrid, 1Password, age
  /SK[0-9a-f]{32}/,
  /key-[0-9a-f]{32}/,
  /SG\.[\w-]{16,}(?:\.[\w-]+)?/,
  /ops_eyJ[\w+/]{16,}/,
  /AGE-SECRET-KEY-1[A-Z0-9]{16,}/,
]

/** A key that can be told by its first characters, anywhere except inside a word. */
export const KNOWN_KEY: RegExp = new RegExp(`(?<![A-Za-z0-9])(?:${FORMATS.map(({ source }) => source).join('|')})`, 'g')
