-- Starts `prover lsp` for Lean files, beside the Lean server. Neovim 0.7 or later, no plugin needed.
--
--   require("prover").setup()                                   -- with the default model
--   require("prover").setup({ cmd = { "prover", "lsp", "--policy", "portfolio" } })

local M = {}

local commands = {
  ProverFinish = { "prover.finish", true },
  ProverFillAll = { "prover.fillAll", false },
  ProverCheck = { "prover.check", true },
}

local client -- its id: one server for all files, for each holds a Lean of its own

local function attach(buffer, options)
  local running = client and vim.lsp.get_client_by_id(client)
  if not running or running.is_stopped() then
    local default = { name = "prover", cmd = { "prover", "lsp" } }
    client = vim.lsp.start_client(vim.tbl_extend("keep", options, default))
  end
  if client then
    vim.lsp.buf_attach_client(buffer, client)
  end
end

-- Runs one of the server's commands at the cursor.
function M.run(command, with_place)
  local arguments = { vim.uri_from_bufnr(0) }
  if with_place then
    local row, column = unpack(vim.api.nvim_win_get_cursor(0))
    local line = vim.api.nvim_buf_get_lines(0, row - 1, row, true)[1]
    local _, units = vim.str_utfindex(line, column)
    table.insert(arguments, { line = row - 1, character = units })
  end
  vim.lsp.buf_request(0, "workspace/executeCommand", { command = command, arguments = arguments })
end

function M.setup(options)
  options = options or {}
  local group = vim.api.nvim_create_augroup("prover", { clear = true })
  vim.api.nvim_create_autocmd({ "BufReadPost", "BufNewFile" }, {
    group = group,
    pattern = "*.lean",
    callback = function(event)
      attach(event.buf, options)
    end,
  })
  for name, command in pairs(commands) do
    vim.api.nvim_create_user_command(name, function()
      M.run(command[1], command[2])
    end, { desc = "Prover: " .. command[1] })
  end
end

return M
