-- What a user's init.lua has, for a checkout.
vim.opt.rtp:append(vim.env.PROVER_TEST_SET_UP)
require("prover").setup({ cmd = vim.fn.json_decode(vim.env.PROVER_TEST_COMMAND) })
