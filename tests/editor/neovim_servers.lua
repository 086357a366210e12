-- Writes which server each file has: pairs of the numbers of a buffer and of a client, which need not have answered yet.
local found = {}
for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
  for id = 1, 9 do
    if vim.lsp.buf_is_attached(buffer, id) then
      table.insert(found, { buffer, id })
    end
  end
end
local file = assert(io.open(os.getenv("PROVER_TEST_OUT"), "w"))
file:write(vim.fn.json_encode(found))
file:close()
vim.cmd("qa!")
