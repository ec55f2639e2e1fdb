// Asks a model (@TITLE@), exported as TorchScript, in C++ with libtorch.
//
//   cmake -B build -DCMAKE_PREFIX_PATH="$(python -c 'import torch; print(torch.utils.cmake_prefix_path)')"
//   cmake --build build --config Release
//   ./build/example model.pt < sample.txt
//
// It reads the numbers of one input, as the model takes them, and writes those of the output.

#include <torch/script.h>

#include <iostream>
#include <iterator>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: example MODEL < NUMBERS\n";
    return 2;
  }
  const std::vector<@NUMBER@> numbers{std::istream_iterator<@NUMBER@>(std::cin), {}};
  torch::jit::Module model = torch::jit::load(argv[1]);
  model.eval();
  const c10::InferenceMode no_gradients;
  const auto input = torch::tensor(numbers, @TORCH_DTYPE@).reshape({@SHAPE@});
  const auto output = model.forward({input}).toTensor().to(torch::kFloat32).contiguous();
  const float* values = output.data_ptr<float>();
  for (int64_t n = 0; n < output.numel(); ++n) std::cout << values[n] << '\n';
}
