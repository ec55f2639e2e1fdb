// Asks a model (@TITLE@), exported for LiteRT, in C++ by the C interface of LiteRT (formerly TensorFlow Lite),
// as it is used on phones. LITERT is the folder with its headers and its library, tensorflowlite_c:
//
//   c++ -std=c++17 -I"$LITERT/include" example.cpp -L"$LITERT/lib" -ltensorflowlite_c -o example
//   ./example model.tflite < sample.txt
//
// It reads the numbers of one input, as the model takes them, and writes those of the output.

#include <tensorflow/lite/c/c_api.h>

#include <cstdint>
#include <iostream>
#include <iterator>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: example MODEL < NUMBERS\n";
    return 2;
  }
  const std::vector<@NUMBER@> numbers{std::istream_iterator<@NUMBER@>(std::cin), {}};
  TfLiteModel* model = TfLiteModelCreateFromFile(argv[1]);
  TfLiteInterpreter* interpreter = model ? TfLiteInterpreterCreate(model, nullptr) : nullptr;
  const int shape[] = {@SHAPE@};
  if (!interpreter ||
      TfLiteInterpreterResizeInputTensor(interpreter, 0, shape, sizeof(shape) / sizeof(*shape)) != kTfLiteOk ||
      TfLiteInterpreterAllocateTensors(interpreter) != kTfLiteOk ||
      TfLiteTensorCopyFromBuffer(TfLiteInterpreterGetInputTensor(interpreter, 0), numbers.data(),
                                 numbers.size() * sizeof(@NUMBER@)) != kTfLiteOk ||
      TfLiteInterpreterInvoke(interpreter) != kTfLiteOk) {
    std::cerr << "the model cannot be run\n";
    return 1;
  }
  const TfLiteTensor* tensor = TfLiteInterpreterGetOutputTensor(interpreter, 0);
  std::vector<float> output(TfLiteTensorByteSize(tensor) / sizeof(float));
  TfLiteTensorCopyToBuffer(tensor, output.data(), output.size() * sizeof(float));
  for (const float value : output) std::cout << value << '\n';
  TfLiteInterpreterDelete(interpreter);
  TfLiteModelDelete(model);
}
